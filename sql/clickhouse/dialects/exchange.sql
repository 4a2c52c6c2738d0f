-- Puts a shadow in the place of its table, and the table in the place of the shadow.
-- ClickHouse only: it commits table by table.
EXCHANGE TABLES {shadow} AND {table}
