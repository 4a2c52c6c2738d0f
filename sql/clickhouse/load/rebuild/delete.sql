-- Deletes the rows that are rebuilt.
-- Override: a delete has no join.
DELETE FROM {table}
WHERE (id, _archive_hour) IN (SELECT r.id, r.archive_hour FROM load_rebuilt AS r)
