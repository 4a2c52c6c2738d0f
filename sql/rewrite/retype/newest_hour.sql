-- The newest loaded archive hour of a source; NULL if none is loaded.
SELECT MAX(archive_hour) AS archive_hour
FROM tideline.loads
WHERE source = :source
