-- Limits how long this transaction waits for a lock.
-- PostgreSQL only: a DuckDB file has one writer and no table locks.
SELECT SET_CONFIG('lock_timeout', :timeout, TRUE)
