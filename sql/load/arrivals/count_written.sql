-- Adds the counts of entering rows to `load_written`, for the home table of their type and the table of their event.
INSERT INTO load_written (table_name, event_hour, load_hour, written, replaced)
SELECT t.table_name, r.event_hour, r.load_hour, SUM(r.entering), 0
FROM load_entering AS r
INNER JOIN {tables} AS t ON t.type = r.type AND (t.event IS NULL OR t.event = r.event)
GROUP BY t.table_name, r.event_hour, r.load_hour
