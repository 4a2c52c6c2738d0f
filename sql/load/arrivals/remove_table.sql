-- Adds all rows of a table that is about to be dropped to `load_removed`.
INSERT INTO load_removed (table_name, id, event_hour, load_hour)
SELECT :name, t.id, DATE_TRUNC('hour', t."timestamp"), CAST(NULL AS TIMESTAMP WITH TIME ZONE)
FROM {table} AS t
