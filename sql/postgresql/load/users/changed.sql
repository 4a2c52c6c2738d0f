-- The touched users whose row differs from the one that stands; NULLs are equal here. Compared row by row: an EXCEPT of
-- 800 columns takes PostgreSQL seconds to plan.
-- Override: PostgreSQL takes seconds to plan an EXCEPT of 800 columns.
CREATE TEMPORARY TABLE load_changed_users AS
SELECT {columns_anew}
FROM {users_anew} AS a
LEFT JOIN {users} AS u ON u.id = a.id
WHERE u.id IS NULL OR ROW({columns_anew}) IS DISTINCT FROM ROW({columns_standing})
