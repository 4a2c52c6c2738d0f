-- The catalog's columns with their types and the archive hour that first brought them; not those that were dropped.
SELECT table_name, column_name, type, path, first_archive_hour
FROM tideline.columns
WHERE schema_name = :schema AND type <> 'dropped'
ORDER BY table_name, column_name
