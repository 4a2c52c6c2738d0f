-- Whether a table has more than so many rows.
SELECT COUNT(*) > :rows AS is_large
FROM (SELECT 1 FROM {table} LIMIT CAST(:rows AS BIGINT) + 1) AS counted
