-- Gives a provisional column its settled type. Values that do not cast are rebuilt from the lake in the same load.
-- Override: ClickHouse makes NULL of a text that does not cast.
ALTER TABLE {table} MODIFY COLUMN {column} {type}
