-- Counts the found rows that one table has.
SELECT COUNT(*) AS held
FROM {table} AS t
WHERE EXISTS (
    SELECT 1
    FROM {found} AS f
    WHERE f.type = :type AND f.id = t.id AND f.event_time = t."timestamp"
)
