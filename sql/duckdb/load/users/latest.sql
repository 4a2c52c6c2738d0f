-- Part of a query: the row of every user of `{ids}` over all their identifies: the clocks of the latest one, and of
-- every other column the latest value (contract §5). "#rank" is a name that no event can supply.
-- Override: one sort per user instead of one per column, which `ARG_MAX` needs.
SELECT user_id AS id, {latest_row}, {latest_values}
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY "timestamp", received_at, id) AS "#rank"
    FROM {identifies}
    WHERE user_id IN ({ids})
) AS ranked
GROUP BY user_id
