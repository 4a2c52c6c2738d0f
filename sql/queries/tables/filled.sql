-- How many of some rows of a table have a value in each column: a bounded look, whatever the table holds.
SELECT COUNT(*) AS looked_at{counts}
FROM (SELECT {columns} FROM {table} LIMIT :rows) AS some_rows
