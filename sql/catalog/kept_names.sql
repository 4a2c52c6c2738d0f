-- Returns the names that a schema keeps, and the row that notes that it is taken over.
SELECT table_name, column_name
FROM tideline.kept_names
WHERE schema_name = :schema
