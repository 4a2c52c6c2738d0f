-- All rows of a table, as CSV: what is NULL is empty, an empty text is quoted.
COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT CSV)
