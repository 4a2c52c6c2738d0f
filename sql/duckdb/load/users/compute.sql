-- The touched users anew: of the latest identify its clocks, of every other column its latest value (contract §5).
-- One sort per user in place of one per column; "#place" is no name that an event can bring.
-- Override: one sort per user instead of one per column, which `ARG_MAX` needs.
CREATE TEMPORARY TABLE load_users AS
SELECT user_id AS id, {latest_row}, {latest_values}
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY "timestamp", received_at, id) AS "#place"
    FROM {identifies}
    WHERE user_id IN (SELECT user_id FROM load_user_ids)
) AS placed
GROUP BY user_id
