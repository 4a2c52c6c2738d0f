-- No rows: its columns tell those of a table.
SELECT * FROM {table} LIMIT 0
