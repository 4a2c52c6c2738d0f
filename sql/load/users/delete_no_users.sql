-- Deletes the rows of users that `not_users` lists, which a load with other settings wrote.
DELETE FROM {users}
WHERE id IN (SELECT user_id FROM load_no_users)
