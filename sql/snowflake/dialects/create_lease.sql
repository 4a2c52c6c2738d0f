-- Creates the merge lock of a schema: a table of one row, which is created with it.
-- Snowflake only: it has no advisory locks.
CREATE TABLE IF NOT EXISTS {lease} AS
SELECT CAST(NULL AS TEXT) AS holder, CAST(NULL AS TIMESTAMP_TZ) AS until
