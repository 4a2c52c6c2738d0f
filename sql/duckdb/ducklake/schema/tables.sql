-- Returns the names of the tables of a schema, without its views.
-- Override: DUCKDB_TABLES() asks the catalog for the rows of every table, which costs five times as much.
SELECT DISTINCT c.table_name
FROM DUCKDB_COLUMNS() AS c
WHERE
    NOT c.internal AND c.database_name = CURRENT_DATABASE() AND c.schema_name = :schema
    AND c.table_name NOT IN (
        SELECT v.view_name
        FROM DUCKDB_VIEWS() AS v
        WHERE NOT v.internal AND v.database_name = CURRENT_DATABASE() AND v.schema_name = :schema
    )
