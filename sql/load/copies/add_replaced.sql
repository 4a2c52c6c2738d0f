-- Adds the rows of hours outside this load that this load replaces to `tideline.copies`.
INSERT INTO tideline.copies (schema_name, type, id, source, archive_hour)
SELECT :schema, l.type, l.id, :source, l.archive_hour
FROM {leaving} AS l
WHERE l.archive_hour NOT IN (SELECT n.archive_hour FROM {hours} AS n)
