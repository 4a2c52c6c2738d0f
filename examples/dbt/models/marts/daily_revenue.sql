{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='event_date') }}

WITH touched AS (
    SELECT event_date, max(load_id) AS load_id
    FROM {{ ref('stg_changed_hours') }}
    {% if is_incremental() %}
    WHERE load_id > (SELECT coalesce(max(load_id), '') FROM {{ this }})
    {% endif %}
    GROUP BY event_date
)
SELECT
    touched.event_date,
    touched.load_id,
    o.currency,
    count(o.id) AS orders,
    count(DISTINCT o.buyer) AS buyers,
    coalesce(sum(o.revenue), 0) AS revenue
FROM touched
LEFT JOIN {{ ref('stg_orders') }} AS o ON o.event_date = touched.event_date
GROUP BY touched.event_date, touched.load_id, o.currency
