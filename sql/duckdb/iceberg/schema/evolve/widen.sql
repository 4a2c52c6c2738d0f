-- Widens a column from integer to float, exactly: loads rescue integers that no float holds.
-- Override: Iceberg widens no integer to a float: the column is written again, as the last one of its table.
ALTER TABLE {table} ADD COLUMN "#widened" {type};
UPDATE {table} SET "#widened" = CAST({column} AS {type});
ALTER TABLE {table} DROP COLUMN {column};
ALTER TABLE {table} RENAME COLUMN "#widened" TO {column}
