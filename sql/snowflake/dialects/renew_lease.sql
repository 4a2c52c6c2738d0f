-- Renews the merge lock that a session holds.
-- Snowflake only: it has no advisory locks.
UPDATE {lease}
SET holder = ?, until = DATEADD('second', ?, CURRENT_TIMESTAMP)
WHERE holder = ?
