-- Give a column its former default as a value of its new type.
ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT CAST(CAST(({default}) AS TEXT) AS {type})
