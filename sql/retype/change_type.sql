-- Gives a column another type and keeps its values: int -> float. Integers that no float holds are made anew.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING CAST({column} AS {type})
