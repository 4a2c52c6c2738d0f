-- Adds a column that staged rows have; it is NULL in the rows of the table.
ALTER TABLE {table} ADD COLUMN {definition}
