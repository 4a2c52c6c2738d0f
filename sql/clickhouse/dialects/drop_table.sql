-- Drops a table.
-- ClickHouse only: it commits table by table.
DROP TABLE IF EXISTS {table}
