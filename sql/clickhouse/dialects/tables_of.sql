-- Finds the tables of some schemas that keep rows in files.
-- ClickHouse only: it has a catalog of its own.
SELECT database, name
FROM system.tables
WHERE database IN {{schemas:Array(String)}} AND engine LIKE '%MergeTree'
