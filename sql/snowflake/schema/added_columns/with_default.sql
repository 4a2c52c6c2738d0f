-- Returns the columns of a table that have a default.
-- Override: names are in upper case.
SELECT LOWER(column_name) AS column_name, column_default
FROM information_schema.columns
WHERE table_schema = UPPER(:schema) AND table_name = UPPER(:name) AND column_default IS NOT NULL
