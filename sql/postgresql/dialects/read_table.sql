-- All rows of a table as CSV: NULL is empty, an empty text is quoted.
-- PostgreSQL only: COPY is its fast way out.
COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT CSV)
