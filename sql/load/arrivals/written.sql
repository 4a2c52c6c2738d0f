-- Returns how many rows enter each table.
SELECT table_name, CAST(SUM(written) AS BIGINT) AS written
FROM load_written
GROUP BY table_name
