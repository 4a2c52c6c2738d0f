-- Returns the tables of a schema with their columns, in the order in which those were added.
-- Override: the views of DuckDB's information schema read every schema four times.
SELECT c.table_name, c.column_name, c.data_type
FROM DUCKDB_COLUMNS() AS c
WHERE
    NOT c.internal AND c.database_name = CURRENT_DATABASE() AND c.schema_name = :schema
    AND c.table_name NOT IN (
        SELECT v.view_name
        FROM DUCKDB_VIEWS() AS v
        WHERE NOT v.internal AND v.database_name = CURRENT_DATABASE() AND v.schema_name = :schema
    )
ORDER BY c.table_name, c.column_index
