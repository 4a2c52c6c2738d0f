-- Quarantined lines and files in the warehouse by reason. `capped` is 1 if an hour has 100 of them, the most that the
-- warehouse holds (the lake holds all).
SELECT reason, CAST(sum(held) AS BIGINT) AS held, max(CASE WHEN held >= 100 THEN 1 ELSE 0 END) AS capped
FROM (
    SELECT reason, archive_hour, count(*) AS held
    FROM tideline.quarantine
    WHERE source = :source
    GROUP BY reason, archive_hour
) AS hours
GROUP BY reason
ORDER BY sum(held) DESC, reason
