-- Adds the marked rows of one table to `load_rebuilt` that have a staged row of the same content and that this load
-- has not written.
INSERT INTO load_rebuilt (table_name, id, archive_hour, event_hour)
SELECT DISTINCT :name, t.id, t._archive_hour, DATE_TRUNC('hour', t."timestamp")
FROM {table} AS t
INNER JOIN load_marked AS m ON m.table_name = :name AND m.id = t.id AND m.archive_hour = t._archive_hour
INNER JOIN {staged} AS s ON s.id = t.id AND s._archive_hour = t._archive_hour AND s._fingerprint = t._fingerprint
WHERE t.uuid_ts <> :uuid_ts
