-- Counts the leaving rows that one table has.
SELECT COUNT(*) AS held
FROM {table} AS t
WHERE EXISTS (
    SELECT 1
    FROM {leaving} AS l
    WHERE l.type = :type AND l.id = t.id AND l.event_time = t."timestamp"
)
