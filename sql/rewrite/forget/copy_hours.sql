-- Returns the archive hours that hold another copy of a leaving row.
SELECT DISTINCT c.archive_hour
FROM tideline.copies AS c
INNER JOIN {leaving} AS l ON l.type = c.type AND l.id = c.id
WHERE c.schema_name = :schema AND c.source = :source
