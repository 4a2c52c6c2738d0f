-- Returns per archive hour of this load the number of its staged rows that have the id of a row or a restored copy of
-- another hour, or of an earlier hour of this load, and differ from it in event name or user, or by more than a day
-- (contract §9), and a few of them.
SELECT
    load_hour, conflicts, type, id, event, other_event, other_hour, event_differs, user_differs, timestamp_differs
FROM (
    SELECT
        c.archive_hour AS load_hour,
        COUNT(*) OVER (PARTITION BY c.archive_hour) AS conflicts,
        c.type AS type, c.id AS id, MIN(c.event) AS event, MIN(r.event) AS other_event, MIN(r.archive_hour) AS other_hour,
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
        ) AS timestamp_differs,
        ROW_NUMBER() OVER (PARTITION BY c.archive_hour ORDER BY c.type DESC, c.id) AS number
    FROM {contenders} AS c
    INNER JOIN {hours} AS h ON h.archive_hour = c.archive_hour
    INNER JOIN (
        SELECT type, id, archive_hour, event_time, fingerprint, event, user_id, anonymous_id, FALSE AS loaded
        FROM {stored}
        WHERE archive_hour NOT IN (SELECT n.archive_hour FROM {hours} AS n)
        UNION ALL
        SELECT
            o.type AS type, o.id AS id, o.archive_hour AS archive_hour, o.event_time AS event_time,
            o.fingerprint AS fingerprint, o.event AS event, o.user_id AS user_id, o.anonymous_id AS anonymous_id,
            n.archive_hour IS NOT NULL AS loaded
        FROM {contenders} AS o
        LEFT JOIN {hours} AS n ON n.archive_hour = o.archive_hour
    ) AS r ON r.type = c.type AND r.id = c.id
    WHERE
        (NOT r.loaded OR r.archive_hour < c.archive_hour)
        AND c.fingerprint <> r.fingerprint
        AND (
            COALESCE(c.event, '') <> COALESCE(r.event, '')
            OR c.user_id <> r.user_id
            OR ((c.user_id IS NULL OR r.user_id IS NULL) AND c.anonymous_id <> r.anonymous_id)
            OR c.event_time > r.event_time + INTERVAL '24 hours'
            OR r.event_time > c.event_time + INTERVAL '24 hours'
        )
    GROUP BY c.archive_hour, c.type, c.id
) AS found
WHERE number <= :samples
ORDER BY load_hour, number
