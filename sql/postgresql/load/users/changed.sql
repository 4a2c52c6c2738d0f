-- Creates the table of recomputed users that differ from the row in `users`. NULLs are equal here.
-- Override: PostgreSQL takes seconds to plan an EXCEPT of 800 columns.
CREATE TEMPORARY TABLE load_changed_users AS
SELECT {columns_now}
FROM {users_now} AS a
LEFT JOIN {users} AS u ON u.id = a.id
WHERE u.id IS NULL OR ROW({columns_now}) IS DISTINCT FROM ROW({columns_stored})
