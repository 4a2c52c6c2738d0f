-- A few rows of an archive hour in one table, the newest first.
SELECT id, user_id, anonymous_id, timestamp, received_at, _rescued
FROM {table}
WHERE _archive_hour = :hour
ORDER BY timestamp DESC, id
LIMIT :rows
