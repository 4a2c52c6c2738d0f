-- Creates the table of recomputed users: the clocks of the latest identify, and of every other column the latest value
-- (contract §5). "#rank" is a name that no event can supply.
-- Override: one sort per user instead of one per column, which `ARG_MAX` needs.
CREATE TEMPORARY TABLE load_users AS
SELECT user_id AS id, {latest_row}, {latest_values}
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY "timestamp", received_at, id) AS "#rank"
    FROM {identifies}
    WHERE user_id IN (SELECT user_id FROM load_user_ids)
) AS ranked
GROUP BY user_id
