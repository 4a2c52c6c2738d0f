-- Returns a row if a column of an event table has a value: a column that somebody has added and filled.
SELECT 1 AS found FROM {table} WHERE {column} IS NOT NULL LIMIT 1
