-- Creates the table of contenders that are not inserted: beaten by another copy, or equal to a stored row that stays.
CREATE TEMPORARY TABLE load_losing AS
SELECT c.type AS type, c.id AS id, c.archive_hour AS archive_hour
FROM load_contenders AS c
INNER JOIN load_winners AS w ON w.type = c.type AND w.id = c.id
LEFT JOIN load_stored AS s ON s.type = c.type AND s.id = c.id
LEFT JOIN load_leaving AS l ON l.type = c.type AND l.id = c.id
WHERE w.archive_hour <> c.archive_hour OR (s.id IS NOT NULL AND l.id IS NULL)
