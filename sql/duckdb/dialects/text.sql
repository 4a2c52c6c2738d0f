-- A column of a type that is none of ours, as text.
-- DuckDB only: a column of Arrow needs its name.
CAST({column} AS VARCHAR) AS {column}
