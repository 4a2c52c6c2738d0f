-- Deletes the rows that are made anew.
DELETE FROM {table} AS t
USING load_standing AS r
WHERE r.id = t.id AND r.archive_hour = t._archive_hour
