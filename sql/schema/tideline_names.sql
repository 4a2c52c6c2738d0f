-- The tables and views that stand in the schema tideline.
SELECT table_name
FROM information_schema.tables
WHERE table_catalog = CURRENT_DATABASE() AND table_schema = 'tideline'
