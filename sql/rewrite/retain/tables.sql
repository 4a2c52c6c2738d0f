-- The event tables in which a source ever had rows.
SELECT DISTINCT table_name
FROM tideline.arrivals
WHERE source = :source AND schema_name = :schema
ORDER BY table_name
