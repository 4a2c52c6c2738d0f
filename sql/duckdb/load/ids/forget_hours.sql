-- Forgets the hashes of the archive hours that a pass has dropped rows of.
-- DuckDB only: it has no index of ids.
DELETE FROM tideline.id_hashes
WHERE schema_name = :schema AND archive_hour IN (SELECT r.archive_hour FROM retain_ids AS r)
