-- Returns whether the list of kept names exists: no load has created it in a warehouse of version 0.1.
SELECT COUNT(*) AS tables
FROM information_schema.tables
WHERE table_catalog = CURRENT_DATABASE() AND table_schema = 'tideline' AND table_name = 'kept_names'
