-- Widens int to float; rows whose integer no float holds exactly are made anew in the same load.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type}
