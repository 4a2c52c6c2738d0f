-- Notes the load up to which the hashes of a schema are complete.
-- DuckDB only: it has no index of ids.
INSERT INTO tideline.id_hashes_until (schema_name, load_id)
VALUES (:schema, :load_id)
