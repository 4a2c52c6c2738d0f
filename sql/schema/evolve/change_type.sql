-- Gives a provisional column its settled type. Values that do not cast are rebuilt from the lake in the same load.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING TRY_CAST({column} AS {type})
