-- Ids of the given archive hours that a table holds more than once: rows of a table = distinct ids (contract §9).
SELECT max(_archive_hour) AS archive_hour, id, count(*) AS held
FROM {table}
WHERE id IN (SELECT id FROM {table} WHERE _archive_hour IN :hours)
GROUP BY id
HAVING count(*) > 1
ORDER BY archive_hour, id
LIMIT 20
