-- Deletes the rows of a table that leave.
-- Override: a delete has no join.
DELETE FROM {table}
WHERE (id, "timestamp") IN (SELECT l.id, l.event_time FROM {leaving} AS l WHERE l.type = :type)
