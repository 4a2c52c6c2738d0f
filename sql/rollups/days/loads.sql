-- The loads that changed events of these days, in order.
SELECT DISTINCT CAST(event_hour AT TIME ZONE 'UTC' AS DATE) AS date, load_id, archive_hour
FROM tideline.arrivals
WHERE schema_name = :schema AND event_hour >= :start AND event_hour < :end
ORDER BY load_id
