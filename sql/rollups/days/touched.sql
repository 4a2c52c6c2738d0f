-- The UTC days whose events the loads of a schema have changed, and the newest of those loads.
SELECT CAST(event_hour AT TIME ZONE 'UTC' AS DATE) AS date, MAX(load_id) AS load_id
FROM tideline.arrivals
WHERE schema_name = :schema
GROUP BY CAST(event_hour AT TIME ZONE 'UTC' AS DATE)
