-- Returns the copies in other hours of ids whose row of this hour is missing or changed: the best of them may win now.
SELECT c.type, c.id, c.archive_hour
FROM tideline.copies AS c
INNER JOIN {stored} AS s ON s.type = c.type AND s.id = c.id AND s.archive_hour = :archive_hour
LEFT JOIN {contenders} AS n ON n.type = c.type AND n.id = c.id
WHERE
    c.schema_name = :schema
    AND c.source = :source
    AND c.archive_hour <> :archive_hour
    AND (n.id IS NULL OR n.fingerprint <> s.fingerprint OR :rewrite)
