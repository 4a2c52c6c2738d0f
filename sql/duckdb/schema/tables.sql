-- Returns the names of the tables of a schema, without its views.
-- Override: the views of DuckDB's information schema read every schema several times.
SELECT table_name
FROM DUCKDB_TABLES()
WHERE database_name = CURRENT_DATABASE() AND schema_name = :schema
