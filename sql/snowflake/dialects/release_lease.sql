-- Gives the merge lock back.
-- Snowflake only: it has no advisory locks.
UPDATE {lease}
SET holder = NULL, until = NULL
WHERE holder = ?
