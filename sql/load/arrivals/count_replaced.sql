-- Adds to `load_written` how many entering rows replace a row of their id in the same table and event hour.
INSERT INTO load_written (table_name, event_hour, load_hour, written, replaced)
SELECT o.table_name, o.event_hour, r.load_hour, 0, COUNT(*)
FROM load_returning AS r
INNER JOIN load_removed AS o ON o.id = r.id AND o.event_hour = r.event_hour
INNER JOIN {tables} AS t ON t.table_name = o.table_name AND t.type = r.type AND (t.event IS NULL OR t.event = r.event)
GROUP BY o.table_name, o.event_hour, r.load_hour
