-- The kind of violation that most events of some archive hours have, with how many.
SELECT type, event, path, problem, CAST(SUM(events) AS BIGINT) AS events
FROM tideline.violations
WHERE source = :source AND archive_hour IN :hours
GROUP BY type, event, path, problem
ORDER BY SUM(events) DESC, type, event, path, problem
LIMIT 1
