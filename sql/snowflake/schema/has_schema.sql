-- Finds a schema by its name.
-- Override: names are in upper case.
SELECT LOWER(schema_name) AS schema_name
FROM information_schema.schemata
WHERE schema_name = UPPER(:schema)
