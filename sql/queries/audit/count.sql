-- How many rows a table has of some archive hours: one scan for all of them, where it has no index.
SELECT _archive_hour AS archive_hour, COUNT(*) AS held
FROM {table}
WHERE _archive_hour IN :hours
GROUP BY _archive_hour
