-- Events of loaded hours that a source leaves out, by type and name as sent, the most frequent first.
SELECT type, event, CAST(SUM(events) AS BIGINT) AS events
FROM tideline.excluded
WHERE source = :source
GROUP BY type, event
ORDER BY SUM(events) DESC, type, event
