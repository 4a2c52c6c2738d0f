-- Adds columns to the catalog.
INSERT INTO tideline.columns (
    schema_name, table_name, column_name, type, path, provisional, pinned, booleans, ints, floats, strings, datetimes,
    rescued, first_archive_hour, first_file, last_archive_hour
)
SELECT
    :schema, table_name, column_name, type, path, provisional, pinned, booleans, ints, floats, strings, datetimes,
    rescued, first_archive_hour, first_file, last_archive_hour
FROM {columns}
