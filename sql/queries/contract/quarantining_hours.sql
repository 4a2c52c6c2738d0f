-- Archive hours of a source of which a contract keeps events out of the tables, with how many.
SELECT archive_hour, CAST(SUM(quarantined) AS BIGINT) AS quarantined
FROM tideline.contract_events
WHERE source = :source AND quarantined > 0
GROUP BY archive_hour
ORDER BY archive_hour
