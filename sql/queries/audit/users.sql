-- Rows of some users: as their identifies make them (`computed`), and as `users` has them. It is one statement, so that no
-- load commits in between.
SELECT TRUE AS computed, {columns}
FROM ({latest}) AS made
UNION ALL
SELECT FALSE AS computed, {columns}
FROM {users}
WHERE id IN ({listed})
