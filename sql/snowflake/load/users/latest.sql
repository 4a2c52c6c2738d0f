-- Part of a query: the row of every user of `{ids}` over all their identifies: the clocks of the latest one, and of
-- every other column the latest value (contract §5). "#rank" is a name that no event can supply.
-- Override: an aggregate has no order of several columns.
SELECT user_id AS id, {latest_row}, {latest_values}
FROM (
    SELECT t.*, ROW_NUMBER() OVER (PARTITION BY t.user_id ORDER BY t."timestamp", t.received_at, t.id) AS "#rank"
    FROM {identifies} AS t
    WHERE t.user_id IN ({ids})
) AS ranked
GROUP BY user_id
