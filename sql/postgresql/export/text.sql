-- A column of a type that is none of ours, as text.
CAST({column} AS TEXT)
