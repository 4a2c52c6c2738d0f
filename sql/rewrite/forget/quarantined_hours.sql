-- Returns the archive hours of which the lake has quarantined lines.
SELECT DISTINCT archive_hour
FROM tideline.loads
WHERE source = :source AND quarantined > 0
