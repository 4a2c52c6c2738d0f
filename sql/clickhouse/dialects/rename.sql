-- Puts a shadow in the place of a table that does not exist.
-- ClickHouse only: it commits table by table.
RENAME TABLE {shadow} TO {table}
