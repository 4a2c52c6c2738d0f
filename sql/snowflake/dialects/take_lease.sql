-- Takes the merge lock of a schema, if nobody has it or its time is over.
-- Snowflake only: it has no advisory locks.
UPDATE {lease}
SET holder = ?, until = DATEADD('second', ?, CURRENT_TIMESTAMP)
WHERE holder IS NULL OR until < CURRENT_TIMESTAMP
