-- Creates the table of recomputed users: the clocks of the latest identify, and of every other column the latest value
-- (contract §5).
CREATE TEMPORARY TABLE load_users AS
SELECT user_id AS id, {latest_row}, {latest_values}
FROM {identifies}
WHERE user_id IN (SELECT user_id FROM load_user_ids)
GROUP BY user_id
