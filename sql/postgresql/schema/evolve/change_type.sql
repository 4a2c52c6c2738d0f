-- Gives a provisional column its settled type. Every row with a value in it is rebuilt from the lake in the same load.
-- Override: PostgreSQL has no `TRY_CAST`.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING CAST(NULL AS {type})
