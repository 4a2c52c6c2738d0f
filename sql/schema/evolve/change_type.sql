-- Gives a provisional column its newly settled type; what does not cast is rebuilt from the lake.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING TRY_CAST({column} AS {type})
