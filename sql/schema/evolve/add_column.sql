-- Adds a column that this load brings; rows that stand have NULL in it.
ALTER TABLE {table} ADD COLUMN {definition}
