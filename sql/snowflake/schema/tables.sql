-- Returns the names of the tables of a schema, without its views.
-- Override: names are in upper case.
SELECT LOWER(table_name) AS table_name
FROM information_schema.tables
WHERE table_schema = UPPER(:schema) AND table_type = 'BASE TABLE'
