-- The event tables of a schema that ever had a row.
SELECT DISTINCT table_name
FROM tideline.arrivals
WHERE schema_name = :schema
ORDER BY table_name
