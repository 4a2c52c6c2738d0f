-- Days on which the sums by day are not those of the orders.
SELECT coalesce(d.day, o.day) AS day, d.revenue AS daily_revenue, o.revenue AS orders
FROM (SELECT event_date AS day, sum(revenue) AS revenue FROM {{ ref('daily_revenue') }} GROUP BY event_date) AS d
FULL JOIN (
    SELECT CAST(ordered_at AT TIME ZONE 'UTC' AS DATE) AS day, sum(revenue) AS revenue FROM {{ ref('orders') }} GROUP BY 1
) AS o ON o.day = d.day
WHERE coalesce(d.revenue, 0) <> coalesce(o.revenue, 0)
