-- Returns the names of the tables of a schema, without its views.
SELECT table_name
FROM information_schema.tables
WHERE table_catalog = CURRENT_DATABASE() AND table_schema = :schema AND table_type = 'BASE TABLE'
