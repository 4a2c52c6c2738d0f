-- The newest archive hour of a source that brought an event: from there on an archive may be silent.
SELECT max(archive_hour) AS archive_hour
FROM tideline.loads
WHERE source = :source AND events > 0
