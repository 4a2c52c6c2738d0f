-- A column of an unsupported type as text.
-- PostgreSQL only: CSV needs no column name.
CAST({column} AS TEXT)
