-- The newest archive hour that a source has loaded; NULL when it has loaded none.
SELECT MAX(archive_hour) AS archive_hour
FROM tideline.loads
WHERE source = :source
