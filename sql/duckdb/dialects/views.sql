-- The views that users have created.
-- DuckDB only: it drops what a view needs without an error.
SELECT schema_name, view_name
FROM DUCKDB_VIEWS()
WHERE NOT internal AND NOT temporary AND database_name = CURRENT_DATABASE()
ORDER BY schema_name, view_name
