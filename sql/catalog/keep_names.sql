-- Adds the names that a schema keeps, and the row that notes that it is taken over.
INSERT INTO tideline.kept_names (schema_name, table_name, column_name)
SELECT :schema, table_name, column_name
FROM {names}
