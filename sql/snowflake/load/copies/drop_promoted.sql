-- Deletes the records of copies whose rows have entered again.
-- Override: a table whose rows are deleted has no other name, and USING takes no joins.
DELETE FROM tideline.copies
WHERE
    schema_name = :schema
    AND source = :source
    AND archive_hour NOT IN (SELECT n.archive_hour FROM {hours} AS n)
    AND (type, id, archive_hour) IN (
        SELECT w.type, w.id, w.archive_hour
        FROM {winners} AS w
        INNER JOIN {leaving} AS l ON l.type = w.type AND l.id = w.id
    )
