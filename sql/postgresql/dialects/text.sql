-- A column of a type that is none of ours, as text.
-- PostgreSQL only: CSV needs no column name.
CAST({column} AS TEXT)
