-- Returns the catalog of a schema.
SELECT
    table_name, column_name, type, path, provisional, pinned, booleans, ints, floats, strings, datetimes, rescued,
    first_archive_hour, first_file, last_archive_hour
FROM tideline.columns
WHERE schema_name = :schema
ORDER BY table_name, column_name
