-- Give a column its former default as a value of its new type.
-- Override: a default of DuckLake is a literal.
ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {literal}
