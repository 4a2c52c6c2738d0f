-- Creates the table of hashes of staged ids.
-- DuckDB only: it has no index of ids.
CREATE TEMPORARY TABLE load_id_hashes (type TEXT, archive_hour TIMESTAMP WITH TIME ZONE, hash BIGINT)
