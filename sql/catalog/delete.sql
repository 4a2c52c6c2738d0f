-- Takes out of the catalog the columns that a load has learnt more about.
DELETE FROM tideline.columns
WHERE schema_name = :schema AND (table_name, column_name) IN (SELECT table_name, column_name FROM {columns})
