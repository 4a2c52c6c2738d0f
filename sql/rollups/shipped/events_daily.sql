-- Events and users of each day by type, and by the event table of a track; `event` is NULL for what is not a track.
WITH seen AS (
    SELECT event_date, 'track' AS type, event, user_id, anonymous_id
    FROM tracks
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, 'identify', CAST(NULL AS TEXT), user_id, anonymous_id
    FROM identifies
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, 'page', CAST(NULL AS TEXT), user_id, anonymous_id
    FROM pages
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, 'screen', CAST(NULL AS TEXT), user_id, anonymous_id
    FROM screens
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, 'group', CAST(NULL AS TEXT), user_id, anonymous_id
    FROM groups
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, 'alias', CAST(NULL AS TEXT), user_id, anonymous_id
    FROM aliases
    WHERE "timestamp" >= :start AND "timestamp" < :end
)
SELECT
    event_date AS date,
    type,
    event,
    COUNT(*) AS events,
    COUNT(DISTINCT COALESCE(user_id, anonymous_id)) AS users
FROM seen
GROUP BY event_date, type, event
