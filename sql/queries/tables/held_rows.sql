-- The rows of every event table of a schema by the record of what loads changed, which is quicker than counting them.
SELECT table_name, CAST(SUM(inserted) - SUM(deleted) AS BIGINT) AS held
FROM tideline.arrivals
WHERE schema_name = :schema
GROUP BY table_name
