-- Returns how many staged rows of one table are restored copies, per archive hour of the row that they may replace.
SELECT s.archive_hour, COUNT(*) AS restored
FROM {staged} AS r
INNER JOIN {stored} AS s ON s.type = :type AND s.id = r.id
GROUP BY s.archive_hour
