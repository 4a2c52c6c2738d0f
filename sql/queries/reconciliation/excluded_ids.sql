-- Events of one type that given archive hours have in the lake and that the settings of their load left out.
SELECT archive_hour, CAST(SUM(events) AS BIGINT) AS excluded
FROM tideline.excluded
WHERE source = :source AND type = :type AND archive_hour IN :hours
GROUP BY archive_hour
ORDER BY archive_hour
