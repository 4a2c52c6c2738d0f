-- The touched users anew: of the latest identify its clocks, of every other column its latest value (contract §5).
CREATE TEMPORARY TABLE load_users AS
SELECT user_id AS id, {latest_row}, {latest_values}
FROM {identifies}
WHERE user_id IN (SELECT user_id FROM load_user_ids)
GROUP BY user_id
