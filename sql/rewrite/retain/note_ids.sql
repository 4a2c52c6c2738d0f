-- Record the ids of the rows of one home table that are to be dropped.
INSERT INTO retain_ids (type, id, archive_hour)
SELECT :type, t.id, t._archive_hour
FROM {table} AS t
WHERE t.event_date < :before_date
