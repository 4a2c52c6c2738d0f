-- Finds the names that a new table cannot have because a view has them.
-- ClickHouse only: its catalog has no standard form of this.
SELECT name, 'a view' AS kind
FROM system.tables
WHERE database = :schema AND engine LIKE '%View'
