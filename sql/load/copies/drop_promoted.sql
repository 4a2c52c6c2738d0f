-- Deletes from `tideline.copies` the copies of hours outside this load that this load has written: they are rows now.
DELETE FROM tideline.copies AS c
USING {winners} AS w
INNER JOIN {leaving} AS l ON l.type = w.type AND l.id = w.id
WHERE
    c.schema_name = :schema
    AND c.source = :source
    AND c.type = w.type
    AND c.id = w.id
    AND c.archive_hour = w.archive_hour
    AND w.archive_hour NOT IN (SELECT n.archive_hour FROM {hours} AS n)
