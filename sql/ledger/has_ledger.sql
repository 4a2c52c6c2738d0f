-- Returns whether Tideline's tables exist: `rollup_days` is the last one to be created.
SELECT COUNT(*) AS tables
FROM information_schema.tables
WHERE table_catalog = CURRENT_DATABASE() AND table_schema = 'tideline' AND table_name = 'rollup_days'
