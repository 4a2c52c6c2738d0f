-- The marked rows of one archive hour, to look up in the lake.
SELECT DISTINCT type, id, archive_hour
FROM {marked}
WHERE archive_hour = :archive_hour
ORDER BY id
