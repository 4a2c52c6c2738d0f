-- Events of one type that the lake holds for the given archive hours and a contract kept out of the tables.
SELECT archive_hour, CAST(SUM(quarantined) AS BIGINT) AS quarantined
FROM tideline.contract_events
WHERE source = :source AND type = :type AND archive_hour IN :hours
GROUP BY archive_hour
ORDER BY archive_hour
