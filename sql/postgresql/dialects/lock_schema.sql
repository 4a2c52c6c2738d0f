-- Take the merge lock of a schema for this connection: one load of a schema at a time merges (contract §8).
-- PostgreSQL only: a DuckDB file has one writer.
SELECT PG_ADVISORY_LOCK(:key)
