-- Gives a provisional column its settled type. Values that do not cast are rebuilt from the lake in the same load.
-- Override: Iceberg changes a type only to a wider one: the column is written again, as the last one of its table.
ALTER TABLE {table} ADD COLUMN "#retyped" {type};
UPDATE {table} SET "#retyped" = TRY_CAST({column} AS {type});
ALTER TABLE {table} DROP COLUMN {column};
ALTER TABLE {table} RENAME COLUMN "#retyped" TO {column}
