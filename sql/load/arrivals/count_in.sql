-- Counts the staged rows that enter the warehouse, in the home table of their type and in the table of their event.
INSERT INTO load_in (table_name, event_hour, came, same)
SELECT t.table_name, r.event_hour, SUM(r.came), 0
FROM load_entering AS r
INNER JOIN {tables} AS t ON t.type = r.type AND (t.event IS NULL OR t.event = r.event)
GROUP BY t.table_name, r.event_hour
