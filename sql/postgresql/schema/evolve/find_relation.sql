-- Find whatever has this name in a schema: a table, an index, a view or a sequence.
-- PostgreSQL only: it keeps them in one namespace.
SELECT c.relname AS relation_name
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relname = :name
