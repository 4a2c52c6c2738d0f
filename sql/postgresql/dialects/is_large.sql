-- Return whether a table has more than :rows rows.
-- PostgreSQL only: a change of type rewrites the table while its readers wait.
SELECT COUNT(*) > :rows AS is_large
FROM (SELECT 1 FROM {table} LIMIT CAST(:rows AS BIGINT) + 1) AS counted
