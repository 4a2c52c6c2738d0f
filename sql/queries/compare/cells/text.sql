-- Part of a comparison: a value of any type as a text.
CAST({column} AS TEXT)
