-- No row is made of ids that are called no users.
DELETE FROM load_user_ids
WHERE user_id IN (SELECT user_id FROM load_no_users)
