-- Deletes the users that `not_users` lists from `load_user_ids`, so that no row is computed for them.
DELETE FROM load_user_ids
WHERE user_id IN (SELECT user_id FROM load_no_users)
