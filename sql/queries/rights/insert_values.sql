-- Inserts the row with a value of every type from where the bulk path has brought it.
INSERT INTO {table} ({columns})
SELECT {columns}
FROM {rows}
