-- Drops a column that an operator wants no more.
ALTER TABLE {table} DROP COLUMN {column}
