-- Adds the rows that are rebuilt to `load_removed`.
INSERT INTO load_removed (table_name, id, event_hour, load_hour)
SELECT table_name, id, event_hour, archive_hour
FROM {rebuilt}
