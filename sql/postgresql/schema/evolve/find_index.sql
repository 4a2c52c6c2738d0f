-- Find the index of a schema that has the name of a new table.
-- PostgreSQL only: it keeps tables and indexes in one namespace.
SELECT c.relname AS index_name
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relname = :name AND c.relkind IN ('i', 'I')
