-- Returns a row if any touched user can have a row.
SELECT 1 AS found
FROM load_user_ids
LIMIT 1
