-- The event hours that loads have touched, with the newest load of each.
SELECT
    event_hour,
    CAST(event_hour AT TIME ZONE 'UTC' AS DATE) AS event_date,
    max(load_id) AS load_id
FROM {{ source('tideline', 'arrivals') }}
WHERE schema_name = 'events' AND table_name = 'order_completed'
GROUP BY event_hour
