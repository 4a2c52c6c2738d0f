-- Returns whether the server is a standby, and whether this role's transactions are read-only by default.
-- PostgreSQL only: DuckDB opens a file read-only or not. The session has set a default of its own, so the one that the
-- role, the database or the server sets is `reset_val`.
SELECT PG_IS_IN_RECOVERY() AS standby, s.reset_val = 'on' AS read_only
FROM pg_catalog.pg_settings AS s
WHERE s.name = 'default_transaction_read_only'
