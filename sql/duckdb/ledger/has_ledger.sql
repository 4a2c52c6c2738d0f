-- Returns whether Tideline's tables exist: `rollup_days` is the last one to be created.
-- Override: the views of DuckDB's information schema read every schema several times.
SELECT COUNT(*) AS tables
FROM DUCKDB_TABLES()
WHERE database_name = CURRENT_DATABASE() AND schema_name = 'tideline' AND table_name = 'rollup_days'
