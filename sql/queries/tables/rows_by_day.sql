-- The rows of every event table of a schema by UTC day of their events, from a time on.
SELECT
    table_name, CAST(event_hour AT TIME ZONE 'UTC' AS DATE) AS day,
    CAST(SUM(inserted) - SUM(deleted) AS BIGINT) AS rows_held
FROM tideline.arrivals
WHERE schema_name = :schema AND event_hour >= :start
GROUP BY table_name, CAST(event_hour AT TIME ZONE 'UTC' AS DATE)
ORDER BY table_name, day
