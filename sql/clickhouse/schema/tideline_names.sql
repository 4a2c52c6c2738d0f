-- Finds the tables and views of the schema tideline.
-- Override: ClickHouse has a catalog of its own.
SELECT name AS table_name
FROM system.tables
WHERE database = 'tideline'
