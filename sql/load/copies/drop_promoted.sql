-- A copy that now stands in the warehouse is no copy any more.
DELETE FROM tideline.copies AS c
USING load_winners AS w
INNER JOIN load_leaving AS l ON l.type = w.type AND l.id = w.id
WHERE
    c.schema_name = :schema
    AND c.source = :source
    AND c.type = w.type
    AND c.id = w.id
    AND c.archive_hour = w.archive_hour
    AND w.archive_hour <> :archive_hour
