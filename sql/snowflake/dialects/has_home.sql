-- Finds the schema of Tideline's own tables.
-- Snowflake only: temporary tables of a session are in it.
SELECT schema_name
FROM information_schema.schemata
WHERE schema_name = 'TIDELINE'
