-- Returns the names of the tables and views of the schema tideline.
-- Override: names are in upper case.
SELECT LOWER(table_name) AS table_name
FROM information_schema.tables
WHERE table_schema = 'TIDELINE'
UNION
SELECT LOWER(table_name) AS table_name
FROM information_schema.views
WHERE table_schema = 'TIDELINE'
