-- Returns the names of the tables of a schema, without its views.
-- Override: the information schema hides tables that the user has no rights on.
SELECT c.relname AS table_name
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relkind IN ('r', 'p')
