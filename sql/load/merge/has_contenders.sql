-- Returns a row if any row competes.
SELECT 1 AS contested
FROM {contenders} AS c
LIMIT 1
