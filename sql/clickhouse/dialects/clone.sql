-- Makes a shadow of a table, which shares its files.
-- ClickHouse only: it commits table by table.
CREATE TABLE {shadow} CLONE AS {table}
