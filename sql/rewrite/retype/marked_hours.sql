-- The archive hours of the marked rows, with how many rows of each are made anew.
SELECT archive_hour, COUNT(DISTINCT id) AS marked
FROM load_marked
GROUP BY archive_hour
ORDER BY archive_hour
