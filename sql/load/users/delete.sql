-- Deletes the rows of users that have changed or have no identify left.
DELETE FROM {users}
WHERE
    id IN (SELECT user_id FROM load_user_ids)
    AND (id IN (SELECT id FROM load_changed_users) OR id NOT IN (SELECT id FROM {users_now}))
