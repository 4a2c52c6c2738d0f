-- Returns what a schema has under names that a new event table cannot have, apart from tables: its views. Names that
-- differ in case only are the same.
-- DuckDB only: other databases keep more than tables and views under these names.
SELECT LOWER(view_name) AS name, 'a view' AS kind
FROM DUCKDB_VIEWS()
WHERE NOT internal AND database_name = CURRENT_DATABASE() AND schema_name = :schema
