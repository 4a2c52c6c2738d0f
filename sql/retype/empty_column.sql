-- Gives a column another type and empties it: every row that had a value there is made anew from the lake.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING CAST(NULL AS {type})
