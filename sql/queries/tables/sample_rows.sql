-- A few rows that an archive hour brought to a table, newest first, for a look at what was loaded.
SELECT id, user_id, anonymous_id, timestamp, received_at, _rescued
FROM {table}
WHERE _archive_hour = :hour
ORDER BY timestamp DESC, id
LIMIT :rows
