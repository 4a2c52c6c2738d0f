-- Gives a column of ints the type float.
-- Override: ClickHouse has words of its own.
ALTER TABLE {table} MODIFY COLUMN {column} {type}
