-- All rows of a table.
-- DuckDB only: it returns Arrow, the other databases their own format.
SELECT {columns}
FROM {table}
