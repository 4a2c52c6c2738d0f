-- The newest archive hour of a source with an event: after it an archive may be silent.
SELECT max(archive_hour) AS archive_hour
FROM tideline.loads
WHERE source = :source AND events > 0
