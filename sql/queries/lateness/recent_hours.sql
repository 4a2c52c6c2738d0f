-- The newest event hours with rows: how many, how many of them late, and the settled share.
SELECT event_hour, "rows", late, settled, changed_at
FROM tideline.event_hours
WHERE source = :source AND schema_name = :schema AND "rows" > 0
ORDER BY event_hour DESC
LIMIT :shown
