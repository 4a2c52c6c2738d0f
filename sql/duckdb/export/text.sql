-- A column of a type that is none of ours, as text.
CAST({column} AS VARCHAR) AS {column}
