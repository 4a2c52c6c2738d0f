-- Adds the leaving rows of one table to `load_removed`.
INSERT INTO load_removed (table_name, id, event_hour, load_hour)
SELECT :name, t.id, DATE_TRUNC('hour', t."timestamp"), l.load_hour
FROM {table} AS t
INNER JOIN {leaving} AS l ON l.type = :type AND l.id = t.id AND l.event_time = t."timestamp"
