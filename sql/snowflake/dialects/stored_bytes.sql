-- Returns the bytes of the tables of some schemas.
-- Snowflake only: other databases have no such column, or a function of their own.
SELECT COALESCE(SUM(bytes), 0) AS stored_bytes
FROM information_schema.tables
WHERE table_schema IN :schemas
