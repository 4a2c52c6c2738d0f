-- Finds the columns of a table that have a default.
-- Override: ClickHouse has a catalog of its own, and the transaction's own state of a table is in another database.
SELECT c.name AS column_name, c.default_expression AS column_default
FROM system.columns AS c
LEFT JOIN tideline_shadows() AS s ON s.shadow_database = c.database AND s.shadow_name = c.table
WHERE
    c.default_expression <> ''
    AND (
        (s.database_name = :schema AND s.table_name = :name)
        OR (
            c.database = :schema AND c.table = :name
            AND c.table NOT IN (SELECT n.table_name FROM tideline_shadows() AS n WHERE n.database_name = :schema)
        )
    )
