-- The columns of the catalog without the dropped ones, and the archive hour that added each.
SELECT table_name, column_name, type, path, first_archive_hour
FROM tideline.columns
WHERE schema_name = :schema AND type <> 'dropped'
ORDER BY table_name, column_name
