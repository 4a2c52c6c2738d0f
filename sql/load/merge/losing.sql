-- Contenders that do not enter the warehouse: beaten by another row, or the same as the row that stands.
CREATE TEMPORARY TABLE load_losing AS
SELECT c.type, c.id, c.archive_hour
FROM load_contenders AS c
INNER JOIN load_winners AS w ON w.type = c.type AND w.id = c.id
LEFT JOIN load_leaving AS l ON l.type = c.type AND l.id = c.id
WHERE l.id IS NULL OR w.archive_hour <> c.archive_hour
