-- The touched users whose row differs from the one that stands; NULLs are equal here.
CREATE TEMPORARY TABLE load_changed_users AS
SELECT {columns} FROM {users_anew}
EXCEPT
SELECT {columns} FROM {users} WHERE id IN (SELECT user_id FROM load_user_ids)
