-- The event tables that a source has ever had rows in.
SELECT DISTINCT table_name
FROM tideline.arrivals
WHERE source = :source AND schema_name = :schema
ORDER BY table_name
