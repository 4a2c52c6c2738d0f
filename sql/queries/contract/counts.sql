-- Events of some archive hours that contracts are about, that violate them, and that are kept out of the tables.
SELECT
    archive_hour,
    CAST(SUM(checked) AS BIGINT) AS checked,
    CAST(SUM(violating) AS BIGINT) AS violating,
    CAST(SUM(quarantined) AS BIGINT) AS quarantined
FROM tideline.contract_events
WHERE source = :source AND archive_hour IN :hours
GROUP BY archive_hour
ORDER BY archive_hour
