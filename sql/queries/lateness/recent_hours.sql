-- The newest event hours that have rows: how many, how many came late, and the share that is settled by now.
SELECT event_hour, "rows", late, settled, changed_at
FROM tideline.event_hours
WHERE source = :source AND schema_name = :schema AND "rows" > 0
ORDER BY event_hour DESC
LIMIT :shown
