-- Reads the rows of a table.
-- ClickHouse only: its placeholders are typed.
SELECT {columns}
FROM {table}
