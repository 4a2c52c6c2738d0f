-- Tells whether a schema is there, whoever owns it.
SELECT nspname AS schema_name
FROM pg_catalog.pg_namespace
WHERE nspname = :schema
