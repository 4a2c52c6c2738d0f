-- The event hours of the last 30 days that are settled least.
SELECT event_hour, "rows", late, settled
FROM tideline.event_hours
WHERE
    source = :source AND schema_name = :schema AND settled < 1 AND "rows" > 0
    AND event_hour > CURRENT_TIMESTAMP - INTERVAL '720 hours'
ORDER BY settled, event_hour DESC
LIMIT :shown
