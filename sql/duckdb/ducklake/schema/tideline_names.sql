-- Returns the names of the tables and views of the schema tideline.
-- Override: DUCKDB_TABLES() asks the catalog for the rows of every table, which costs five times as much.
SELECT DISTINCT table_name
FROM DUCKDB_COLUMNS()
WHERE NOT internal AND database_name = CURRENT_DATABASE() AND schema_name = 'tideline'
