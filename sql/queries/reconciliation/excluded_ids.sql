-- Events of one type that the lake holds for the given archive hours and the settings of their load left out.
SELECT archive_hour, CAST(SUM(events) AS BIGINT) AS excluded
FROM tideline.excluded
WHERE source = :source AND type = :type AND archive_hour IN :hours
GROUP BY archive_hour
ORDER BY archive_hour
