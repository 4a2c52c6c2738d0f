-- Sessions of each day: the events of one user with no gap of more than 30 minutes; all end at 00:00 UTC. The id is a
-- hash of user and start, so a session that a late event does not touch keeps its id.
WITH seen AS (
    SELECT event_date, COALESCE(user_id, anonymous_id) AS "user", "timestamp" AS happened_at
    FROM tracks
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, COALESCE(user_id, anonymous_id), "timestamp"
    FROM identifies
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, COALESCE(user_id, anonymous_id), "timestamp"
    FROM pages
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, COALESCE(user_id, anonymous_id), "timestamp"
    FROM screens
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, COALESCE(user_id, anonymous_id), "timestamp"
    FROM groups
    WHERE "timestamp" >= :start AND "timestamp" < :end
    UNION ALL
    SELECT event_date, COALESCE(user_id, anonymous_id), "timestamp"
    FROM aliases
    WHERE "timestamp" >= :start AND "timestamp" < :end
),

after_gaps AS (
    SELECT
        event_date,
        "user",
        happened_at,
        CASE
            WHEN happened_at <= LAG(happened_at) OVER (PARTITION BY "user" ORDER BY happened_at) + INTERVAL '30' MINUTE
                THEN 0
            ELSE 1
        END AS begins
    FROM seen
    WHERE "user" IS NOT NULL
),

-- Events of one instant are peers of the window, so their order does not matter.
numbered AS (
    SELECT
        event_date,
        "user",
        happened_at,
        SUM(begins) OVER (PARTITION BY "user" ORDER BY happened_at) AS number
    FROM after_gaps
)

SELECT
    event_date AS date,
    MD5(
        CONCAT(CAST(CAST(ROUND(EXTRACT(EPOCH FROM MIN(happened_at)) * 1000000) AS BIGINT) AS TEXT), ' ', "user")
    ) AS session_id,
    "user",
    MIN(happened_at) AS started_at,
    MAX(happened_at) AS ended_at,
    COUNT(*) AS events
FROM numbered
GROUP BY event_date, "user", number
