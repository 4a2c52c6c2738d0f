-- Returns what a schema has under names that a new event table cannot have: its views, and tables that are not event
-- tables (they lack a column that every event table, or `users`, has). Names that differ in case only are the same.
-- DuckDB only: other databases keep more than tables and views under these names.
SELECT LOWER(view_name) AS name, 'a view' AS kind
FROM DUCKDB_VIEWS()
WHERE NOT internal AND database_name = CURRENT_DATABASE() AND schema_name = :schema
UNION ALL
SELECT LOWER(t.table_name) AS name, 'a table that is not Tideline''s' AS kind
FROM DUCKDB_TABLES() AS t
WHERE
    t.database_name = CURRENT_DATABASE() AND t.schema_name = :schema
    AND NOT EXISTS (
        SELECT 1
        FROM DUCKDB_COLUMNS() AS c
        WHERE
            c.database_oid = t.database_oid AND c.table_oid = t.table_oid
            AND LOWER(c.column_name) = CASE WHEN LOWER(t.table_name) = 'users' THEN 'uuid_ts' ELSE '_archive_hour' END
    )
