-- Counts the staged rows that enter the warehouse, in the home table of their type and in the table of their event.
INSERT INTO load_in (table_name, event_hour, came, same)
SELECT e.table_name, e.event_hour, COUNT(*), COUNT(o.id)
FROM (
    SELECT t.table_name, r.id, r.event_hour
    FROM load_entering AS r
    INNER JOIN {tables} AS t ON t.type = r.type AND t.event IS NULL
    UNION ALL
    SELECT t.table_name, r.id, r.event_hour
    FROM load_entering AS r
    INNER JOIN {tables} AS t ON t.type = r.type AND t.event = r.event
) AS e
LEFT JOIN load_out AS o ON o.table_name = e.table_name AND o.id = e.id AND o.event_hour = e.event_hour
GROUP BY e.table_name, e.event_hour
