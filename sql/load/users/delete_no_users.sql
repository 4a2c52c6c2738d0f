-- Deletes rows of users that other settings had made.
DELETE FROM {users}
WHERE id IN (SELECT user_id FROM load_no_users)
