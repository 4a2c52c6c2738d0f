-- Returns how many events and lines of each archive hour are erased, by the hours' newest loads.
SELECT archive_hour, events
FROM tideline.erased
WHERE source = :source
ORDER BY archive_hour
