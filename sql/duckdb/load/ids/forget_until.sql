-- Forgets up to which load the hashes of a schema are complete.
-- DuckDB only: it has no index of ids.
DELETE FROM tideline.id_hashes_until
WHERE schema_name = :schema
