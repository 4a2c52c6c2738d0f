{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='event_hour',
    post_hook="DELETE FROM {{ this }} WHERE id IS NULL"
) }}

SELECT
    touched.event_hour, touched.load_id,
    o.id, o.order_id, o.buyer, o.ordered_at, o.revenue, o.currency
FROM {{ ref('stg_changed_hours') }} AS touched
LEFT JOIN {{ ref('stg_orders') }} AS o
    ON o.ordered_at >= touched.event_hour AND o.ordered_at < touched.event_hour + INTERVAL '1 hour'
{% if is_incremental() %}
WHERE touched.load_id > (SELECT coalesce(max(load_id), '') FROM {{ this }})
{% endif %}
