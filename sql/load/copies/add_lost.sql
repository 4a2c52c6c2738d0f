-- Adds the rows of this load that lost against a row of another hour to `tideline.copies`.
INSERT INTO tideline.copies (schema_name, type, id, source, archive_hour)
SELECT :schema, l.type, l.id, :source, l.archive_hour
FROM {losing} AS l
INNER JOIN {winners} AS w ON w.type = l.type AND w.id = l.id
INNER JOIN {hours} AS h ON h.archive_hour = l.archive_hour
WHERE w.archive_hour <> l.archive_hour
