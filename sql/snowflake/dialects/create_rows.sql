-- Creates the table of rows that a session holds after BEGIN.
-- Snowflake only: a temporary table that is created later commits the transaction.
CREATE TEMPORARY TABLE {rows} (relation TEXT, data VARIANT)
