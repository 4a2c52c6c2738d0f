-- Let one transaction at a time create the tables of the ledger.
-- PostgreSQL only: a DuckDB file has one writer.
SELECT PG_ADVISORY_XACT_LOCK(:key)
