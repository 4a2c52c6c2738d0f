-- The days of each table of a schema that some loads restated.
SELECT DISTINCT table_name, day
FROM tideline.restatements
WHERE schema_name = :schema AND load_id IN :loads
ORDER BY table_name, day
