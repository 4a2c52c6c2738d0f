-- Gives a column its newly settled type. Every row with a value in it is made anew from the lake in the same load.
-- Override: PostgreSQL has no `TRY_CAST`.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING CAST(NULL AS {type})
