-- Tells whether a schema is there, whoever owns it.
SELECT COUNT(*) AS schemas
FROM pg_catalog.pg_namespace
WHERE nspname = :schema
