-- Counts the found rows that one table has. It joins: DuckDB finds few rows of a large table by a join, and reads all of
-- it for EXISTS.
SELECT COUNT(*) AS held
FROM {table} AS t
INNER JOIN {found} AS f ON f.type = :type AND f.id = t.id AND f.event_time = t."timestamp"
