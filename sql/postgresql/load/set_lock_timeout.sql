-- Bounds how long this transaction waits for a lock.
SELECT SET_CONFIG('lock_timeout', :timeout, TRUE)
