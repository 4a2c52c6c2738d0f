-- Deletes the rows of one table that are rebuilt.
DELETE FROM {table} AS t
USING load_rebuilt AS r
WHERE r.id = t.id AND r.archive_hour = t._archive_hour
