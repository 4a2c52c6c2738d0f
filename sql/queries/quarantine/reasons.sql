-- Quarantined lines and files that the warehouse holds, by reason; `capped` where an hour has 100 of them, the most that
-- are held here (the lake has all).
SELECT reason, CAST(sum(held) AS BIGINT) AS held, max(CASE WHEN held >= 100 THEN 1 ELSE 0 END) AS capped
FROM (
    SELECT reason, archive_hour, count(*) AS held
    FROM tideline.quarantine
    WHERE source = :source
    GROUP BY reason, archive_hour
) AS hours
GROUP BY reason
ORDER BY held DESC, reason
