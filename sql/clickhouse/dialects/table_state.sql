-- Tells a table from its shadow, and whether somebody has written to it.
-- ClickHouse only: it commits table by table.
SELECT uuid, total_rows
FROM system.tables
WHERE database = {{database:String}} AND name = {{name:String}}
