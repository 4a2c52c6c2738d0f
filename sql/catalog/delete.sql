-- Deletes the columns from the catalog that a load has changed: `insert` adds them again.
DELETE FROM tideline.columns
WHERE schema_name = :schema AND (table_name, column_name) IN (SELECT table_name, column_name FROM {columns})
