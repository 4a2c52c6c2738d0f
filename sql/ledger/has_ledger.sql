-- Tells whether a load has ever made tideline's tables here.
SELECT COUNT(*) AS tables
FROM information_schema.tables
WHERE table_catalog = CURRENT_DATABASE() AND table_schema = 'tideline' AND table_name = 'rollup_days'
