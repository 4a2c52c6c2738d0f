-- Creates the table of recomputed users that differ from the row in `users`. NULLs are equal here.
CREATE TEMPORARY TABLE load_changed_users AS
SELECT {columns} FROM {users_now}
EXCEPT
SELECT {columns} FROM {users} WHERE id IN (SELECT user_id FROM load_user_ids)
