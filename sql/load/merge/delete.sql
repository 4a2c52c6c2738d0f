-- Deletes the leaving rows of one table.
DELETE FROM {table} AS t
USING {leaving} AS l
WHERE l.type = :type AND l.id = t.id AND l.event_time = t."timestamp"
