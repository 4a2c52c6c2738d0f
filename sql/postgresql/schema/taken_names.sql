-- Returns what a schema has under names that a new event table cannot have: relations that are no event tables (those
-- lack a column that every event table, or `users`, has), and types. Left out are indexes that make way (`find_index`)
-- and the array types that the server has made: it renames those.
-- PostgreSQL only: it keeps tables, indexes, sequences and types under the same names.
SELECT
    c.relname AS name,
    CASE c.relkind
        WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'S' THEN 'a sequence'
        WHEN 'f' THEN 'a foreign table' WHEN 'c' THEN 'a composite type'
        WHEN 'i' THEN 'an index' WHEN 'I' THEN 'an index'
        ELSE 'a table that is not Tideline''s'
    END AS kind
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE
    n.nspname = :schema
    AND NOT (
        c.relkind IN ('r', 'p')
        AND EXISTS (
            SELECT 1
            FROM pg_catalog.pg_attribute AS a
            WHERE
                a.attrelid = c.oid AND NOT a.attisdropped
                AND a.attname = CASE WHEN c.relname = 'users' THEN 'uuid_ts' ELSE '_archive_hour' END
        )
    )
    AND NOT EXISTS (
        SELECT 1
        FROM pg_catalog.pg_index AS i
        WHERE
            i.indexrelid = c.oid AND i.indnatts = 1 AND NOT i.indisunique
            AND (c.relname LIKE '%.%' OR c.relname ~ '_idx[0-9]*$')
    )
UNION ALL
SELECT t.typname AS name, 'a type' AS kind
FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem AND e.typarray = t.oid
WHERE n.nspname = :schema AND t.typrelid = 0 AND t.typisdefined AND e.oid IS NULL
