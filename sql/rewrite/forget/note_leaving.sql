-- Adds the rows of a home table in some archive hours that hold one of the persons or events.
INSERT INTO {leaving} (type, id, archive_hour, event_time)
SELECT :type, t.id, t._archive_hour, t."timestamp"
FROM {table} AS t
WHERE t._archive_hour IN (SELECT archive_hour FROM {hours})
    AND (
        {user_id} IN (SELECT id FROM {persons})
        OR {anonymous_id} IN (SELECT id FROM {persons})
        OR {previous_id} IN (SELECT id FROM {persons})
        OR t.id IN (SELECT id FROM {events})
    )
