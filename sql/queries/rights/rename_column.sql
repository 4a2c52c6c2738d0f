-- Renames a column of a scratch table, which only an owner of the table may do, as loads are of theirs.
ALTER TABLE {table} RENAME COLUMN added TO renamed
