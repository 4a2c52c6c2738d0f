-- Users of each day over all events, and the anonymous ids that came without a user.
WITH seen AS (
    SELECT event_date, user_id, anonymous_id FROM tracks WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, user_id, anonymous_id FROM identifies WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, user_id, anonymous_id FROM pages WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, user_id, anonymous_id FROM screens WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, user_id, anonymous_id FROM groups WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, user_id, anonymous_id FROM aliases WHERE "timestamp" >= :start AND "timestamp" < :end
)
SELECT
    event_date AS date,
    COUNT(DISTINCT COALESCE(user_id, anonymous_id)) AS users,
    COUNT(DISTINCT CASE WHEN user_id IS NULL THEN anonymous_id END) AS anonymous
FROM seen
GROUP BY event_date
