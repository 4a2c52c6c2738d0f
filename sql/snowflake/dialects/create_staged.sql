-- Creates the temporary table of staged rows.
-- Snowflake only: rows are copied into it from a file.
CREATE TEMPORARY TABLE {table} ({columns})
