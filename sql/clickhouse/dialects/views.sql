-- The views that users have created, with their queries.
-- ClickHouse only: it drops what a view needs without an error.
SELECT database, name, as_select
FROM system.tables
WHERE engine = 'View' AND database NOT IN ('system', 'tideline', 'INFORMATION_SCHEMA', 'information_schema')
ORDER BY database, name
