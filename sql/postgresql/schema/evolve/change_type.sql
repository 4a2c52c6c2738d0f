-- Gives a column its newly settled type. Every row with a value in it is made anew from the lake in the same load.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING CAST(NULL AS {type})
