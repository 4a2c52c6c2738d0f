-- Deletes the rows that leave, by id and time.
-- Override: a table whose rows are deleted has no other name.
DELETE FROM {table}
WHERE (id, "timestamp") IN (SELECT l.id, l.event_time FROM {leaving} AS l WHERE l.type = :type)
