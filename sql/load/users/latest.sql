-- Part of a query: the row of every user of `{ids}` over all their identifies: the clocks of the latest one, and of
-- every other column the latest value (contract §5).
SELECT user_id AS id, {latest_row}, {latest_values}
FROM {identifies}
WHERE user_id IN ({ids})
GROUP BY user_id
