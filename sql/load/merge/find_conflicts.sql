-- Returns the number of staged rows of the hour that have the id of a row or a restored copy of another hour and differ
-- from it in event name or user, or by more than a day (contract §9), and a few of them.
SELECT
    COUNT(*) OVER () AS conflicts,
    c.type, c.id, MIN(c.event) AS event, MIN(r.event) AS other_event, MIN(r.archive_hour) AS other_hour,
    MAX(CASE WHEN COALESCE(c.event, '') <> COALESCE(r.event, '') THEN 1 ELSE 0 END) AS event_differs,
    MAX(
        CASE
            WHEN c.user_id <> r.user_id THEN 1
            WHEN (c.user_id IS NULL OR r.user_id IS NULL) AND c.anonymous_id <> r.anonymous_id THEN 1
            ELSE 0
        END
    ) AS user_differs,
    MAX(
        CASE
            WHEN c.event_time > r.event_time + INTERVAL '24 hours' THEN 1
            WHEN r.event_time > c.event_time + INTERVAL '24 hours' THEN 1
            ELSE 0
        END
    ) AS timestamp_differs
FROM {contenders} AS c
INNER JOIN (
    SELECT type, id, archive_hour, event_time, fingerprint, event, user_id, anonymous_id
    FROM {stored}
    WHERE archive_hour <> :archive_hour
    UNION ALL
    SELECT type, id, archive_hour, event_time, fingerprint, event, user_id, anonymous_id
    FROM {contenders}
    WHERE archive_hour <> :archive_hour
) AS r ON r.type = c.type AND r.id = c.id
WHERE
    c.archive_hour = :archive_hour
    AND c.fingerprint <> r.fingerprint
    AND (
        COALESCE(c.event, '') <> COALESCE(r.event, '')
        OR c.user_id <> r.user_id
        OR ((c.user_id IS NULL OR r.user_id IS NULL) AND c.anonymous_id <> r.anonymous_id)
        OR c.event_time > r.event_time + INTERVAL '24 hours'
        OR r.event_time > c.event_time + INTERVAL '24 hours'
    )
GROUP BY c.type, c.id
ORDER BY c.type DESC, c.id
LIMIT :samples
