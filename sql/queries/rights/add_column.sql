-- Adds a column to a scratch table, as a load does for a property that is new.
ALTER TABLE {table} ADD COLUMN added BIGINT
