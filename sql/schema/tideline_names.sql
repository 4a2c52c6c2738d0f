-- Returns the names of the tables and views of the schema tideline.
SELECT table_name
FROM information_schema.tables
WHERE table_catalog = CURRENT_DATABASE() AND table_schema = 'tideline'
