-- All rows of a table.
SELECT {columns}
FROM {table}
