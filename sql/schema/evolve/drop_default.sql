-- Drop the default of a column whose type changes: it may have no value of the new type.
ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT
