-- Counts the staged rows of one table that enter the warehouse.
INSERT INTO load_in (table_name, event_hour, came, same)
SELECT :name, s.event_hour, COUNT(*), COUNT(o.id)
FROM (
    SELECT id, _archive_hour, DATE_TRUNC('hour', "timestamp") AS event_hour
    FROM {staged}
) AS s
LEFT JOIN load_out AS o ON o.table_name = :name AND o.id = s.id AND o.event_hour = s.event_hour
WHERE NOT EXISTS (
    SELECT 1 FROM load_losing AS l WHERE l.type = :type AND l.id = s.id AND l.archive_hour = s._archive_hour
)
GROUP BY s.event_hour
