-- Returns the tables of a schema with their columns, in the order in which those were added.
-- Override: the views of DuckDB's information schema read every schema four times.
SELECT c.table_name, c.column_name, c.data_type
FROM DUCKDB_COLUMNS() AS c
INNER JOIN DUCKDB_TABLES() AS t ON t.database_oid = c.database_oid AND t.table_oid = c.table_oid
WHERE c.database_name = CURRENT_DATABASE() AND c.schema_name = :schema
ORDER BY c.table_name, c.column_index
