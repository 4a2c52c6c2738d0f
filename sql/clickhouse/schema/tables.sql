-- Finds the tables of a schema, as the open transaction has them.
-- Override: the transaction's own state of a table is in another database.
SELECT COALESCE(s.table_name, t.name) AS table_name
FROM system.tables AS t
LEFT JOIN tideline_shadows() AS s ON s.shadow_database = t.database AND s.shadow_name = t.name
WHERE
    t.engine NOT LIKE '%View'
    AND (
        s.database_name = :schema
        OR (
            t.database = :schema
            AND t.name NOT IN (SELECT n.table_name FROM tideline_shadows() AS n WHERE n.database_name = :schema)
        )
    )
