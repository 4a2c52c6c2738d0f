-- Returns the archive hours of which the lake holds events that are in no event table: copies that lost, events that the
-- settings leave out, rows that retention has dropped.
SELECT archive_hour
FROM tideline.copies
WHERE schema_name = :schema AND source = :source
UNION
SELECT archive_hour
FROM tideline.excluded
WHERE source = :source
UNION
SELECT archive_hour
FROM tideline.dropped
WHERE schema_name = :schema AND source = :source
