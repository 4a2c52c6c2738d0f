-- Returns the tables of a schema with their columns, in the order in which those were added.
-- Override: the information schema hides columns that the user has no rights on, and is slower.
SELECT c.relname AS table_name, a.attname AS column_name, FORMAT_TYPE(a.atttypid, a.atttypmod) AS data_type
FROM pg_catalog.pg_namespace AS n
INNER JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = :schema
ORDER BY c.relname COLLATE "C", a.attnum
