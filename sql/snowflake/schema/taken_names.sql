-- Returns what a schema has under names that a new event table cannot have, apart from tables: its views.
-- Snowflake only: other databases keep more than tables and views under these names. Materialized views are tables.
SELECT LOWER(table_name) AS name, 'a view' AS kind
FROM information_schema.views
WHERE table_schema = UPPER(:schema)
UNION
SELECT LOWER(table_name) AS name, 'a view' AS kind
FROM information_schema.tables
WHERE table_schema = UPPER(:schema) AND table_type <> 'BASE TABLE'
