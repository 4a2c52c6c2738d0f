-- Drops the default of a column.
-- Override: ClickHouse has words of its own.
ALTER TABLE {table} MODIFY COLUMN {column} REMOVE DEFAULT
