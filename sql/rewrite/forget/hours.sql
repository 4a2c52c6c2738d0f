-- Returns the archive hours of the rows of one table that hold one of the persons or events.
SELECT DISTINCT t._archive_hour AS archive_hour
FROM {table} AS t
WHERE {user_id} IN (SELECT id FROM {persons})
    OR {anonymous_id} IN (SELECT id FROM {persons})
    OR {previous_id} IN (SELECT id FROM {persons})
    OR t.id IN (SELECT id FROM {events})
