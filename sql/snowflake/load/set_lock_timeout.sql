-- Sets nothing: how long a statement waits for a lock is set for the session.
-- Snowflake only: PostgreSQL sets it for a transaction.
SELECT :timeout AS lock_timeout
