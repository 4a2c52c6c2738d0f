-- Widens int to float. Rows with an integer that no float represents are rebuilt in the same load.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type}
