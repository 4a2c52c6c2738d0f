-- Counts the rows of one table in some archive hours that hold one of the persons or events.
SELECT COUNT(*) AS held
FROM {table} AS t
WHERE t._archive_hour IN (SELECT archive_hour FROM {hours})
    AND (
        {user_id} IN (SELECT id FROM {persons})
        OR {anonymous_id} IN (SELECT id FROM {persons})
        OR {previous_id} IN (SELECT id FROM {persons})
        OR t.id IN (SELECT id FROM {events})
    )
