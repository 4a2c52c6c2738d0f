-- All rows of a table.
-- Snowflake only: every driver has its own format.
SELECT {columns}
FROM {table}
