SELECT
    id,
    order_id,
    coalesce(user_id, anonymous_id) AS buyer,
    "timestamp" AS ordered_at,
    event_date,
    CAST(revenue AS DECIMAL(18, 2)) AS revenue,
    currency,
    uuid_ts
FROM {{ source('events', 'order_completed') }}
