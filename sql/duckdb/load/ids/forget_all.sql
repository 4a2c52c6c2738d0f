-- Deletes all hashes of a schema.
-- DuckDB only: it has no index of ids.
DELETE FROM tideline.id_hashes
WHERE schema_name = :schema
