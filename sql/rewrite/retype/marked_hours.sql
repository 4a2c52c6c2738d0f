-- The archive hours of the marked rows, and the number of rows to rebuild.
SELECT archive_hour, COUNT(DISTINCT id) AS marked
FROM {marked}
GROUP BY archive_hour
ORDER BY archive_hour
