-- The event tables of a schema that ever had a row, their first archive hour and their rows by `arrivals`.
SELECT table_name, min(archive_hour) AS archive_hour, CAST(sum(inserted) - sum(deleted) AS BIGINT) AS arrived
FROM tideline.arrivals
WHERE schema_name = :schema
GROUP BY table_name
ORDER BY table_name
