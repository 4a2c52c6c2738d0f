-- Returns the copies in hours outside this load of ids whose row of an hour of this load is missing or changed: the best
-- of them may win now.
SELECT c.type, c.id, c.archive_hour
FROM tideline.copies AS c
INNER JOIN {stored} AS s ON s.type = c.type AND s.id = c.id
INNER JOIN {hours} AS h ON h.archive_hour = s.archive_hour
LEFT JOIN {contenders} AS n ON n.type = s.type AND n.id = s.id AND n.archive_hour = s.archive_hour
WHERE
    c.schema_name = :schema
    AND c.source = :source
    AND c.archive_hour NOT IN (SELECT o.archive_hour FROM {hours} AS o)
    AND (n.id IS NULL OR n.fingerprint <> s.fingerprint OR h.rewrite)
