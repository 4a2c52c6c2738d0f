-- Returns a row if a schema exists, whoever owns it.
-- Override: the information schema hides schemas that another user owns.
SELECT nspname AS schema_name
FROM pg_catalog.pg_namespace
WHERE nspname = :schema
