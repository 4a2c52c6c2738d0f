-- Finds the columns of all tables of a schema, in their order, as the open transaction has them.
-- Override: the transaction's own state of a table is in another database.
SELECT
    COALESCE(s.table_name, c.table) AS table_name, c.name AS column_name, c.type AS data_type
FROM system.columns AS c
INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
LEFT JOIN tideline_shadows() AS s ON s.shadow_database = c.database AND s.shadow_name = c.table
WHERE
    t.engine NOT LIKE '%View'
    AND (
        s.database_name = :schema
        OR (
            c.database = :schema
            AND c.table NOT IN (SELECT n.table_name FROM tideline_shadows() AS n WHERE n.database_name = :schema)
        )
    )
ORDER BY table_name, c.position
