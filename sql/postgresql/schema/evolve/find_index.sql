-- Find the index of a schema that has the name of a new table and may lose it: an older version let the server name
-- indexes. An index that makes a key unique, or whose name somebody chose, keeps it (`taken_names`).
-- PostgreSQL only: it keeps tables and indexes in one namespace.
SELECT c.relname AS index_name
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
WHERE
    n.nspname = :schema AND c.relname = :name
    AND i.indnatts = 1 AND NOT i.indisunique AND c.relname ~ '_idx[0-9]*$'
