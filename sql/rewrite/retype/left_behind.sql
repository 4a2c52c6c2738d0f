-- Marked rows that were not rebuilt, by archive hour: the lake has other content under their ids.
SELECT m.archive_hour, COUNT(DISTINCT m.id) AS missing
FROM {table} AS t
INNER JOIN {marked} AS m ON m.id = t.id AND m.archive_hour = t._archive_hour
WHERE t.uuid_ts <> :uuid_ts
GROUP BY m.archive_hour
ORDER BY m.archive_hour
