-- Orders that only one of the two has: the incremental model has followed every late, changed and removed row.
(SELECT id, revenue FROM {{ ref('orders') }} EXCEPT SELECT id, revenue FROM {{ ref('stg_orders') }})
UNION ALL
(SELECT id, revenue FROM {{ ref('stg_orders') }} EXCEPT SELECT id, revenue FROM {{ ref('orders') }})
