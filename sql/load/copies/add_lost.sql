-- Notes the rows of this hour that lost against a row of another hour.
INSERT INTO tideline.copies (schema_name, type, id, source, archive_hour)
SELECT :schema, l.type, l.id, :source, l.archive_hour
FROM load_losing AS l
INNER JOIN load_winners AS w ON w.type = l.type AND w.id = l.id
WHERE l.archive_hour = :archive_hour AND w.archive_hour <> :archive_hour
