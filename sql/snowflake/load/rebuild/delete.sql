-- Deletes the rows that are rebuilt.
-- Override: a table whose rows are deleted has no other name.
DELETE FROM {table}
WHERE (id, _archive_hour) IN (SELECT r.id, r.archive_hour FROM load_rebuilt AS r)
