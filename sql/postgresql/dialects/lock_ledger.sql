-- Lets one transaction at a time make tideline's own tables.
-- PostgreSQL only: a DuckDB file has one writer.
SELECT PG_ADVISORY_XACT_LOCK(:key)
