-- Drop a column that an operator no longer wants.
ALTER TABLE {table} DROP COLUMN {column}
