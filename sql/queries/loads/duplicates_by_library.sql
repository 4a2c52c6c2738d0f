-- Duplicates of the loaded hours of a source from :start on, by library, the most first.
SELECT library, CAST(SUM(duplicates) AS BIGINT) AS duplicates
FROM tideline.duplicates
WHERE source = :source AND archive_hour >= :start
GROUP BY library
ORDER BY SUM(duplicates) DESC, library
