-- The rows of every event table of a schema by the record of what loads changed, which is quicker than counting them,
-- and the newest archive hour that changed it.
SELECT table_name, CAST(SUM(inserted) - SUM(deleted) AS BIGINT) AS rows_held, MAX(archive_hour) AS changed
FROM tideline.arrivals
WHERE schema_name = :schema
GROUP BY table_name
