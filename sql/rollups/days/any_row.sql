-- A row of a table, if it has one.
SELECT 1 AS found
FROM {table}
LIMIT 1
