-- Hashes of the ids that this load brings.
-- DuckDB only: it has no index of ids.
CREATE TEMPORARY TABLE load_hashes (type TEXT, hash BIGINT)
