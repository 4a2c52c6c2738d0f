-- Returns the names of the tables and views of the schema tideline.
-- Override: the views of DuckDB's information schema read every schema several times.
SELECT table_name
FROM DUCKDB_TABLES()
WHERE database_name = CURRENT_DATABASE() AND schema_name = 'tideline'
UNION ALL
SELECT view_name
FROM DUCKDB_VIEWS()
WHERE database_name = CURRENT_DATABASE() AND schema_name = 'tideline'
