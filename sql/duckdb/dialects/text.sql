-- A column of an unsupported type as text.
-- DuckDB only: a column of Arrow needs its name.
CAST({column} AS VARCHAR) AS {column}
