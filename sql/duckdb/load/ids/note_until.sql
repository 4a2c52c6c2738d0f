-- Records the newest load whose ids are in `id_hashes`.
-- DuckDB only: it has no index of ids.
INSERT INTO tideline.id_hashes_until (schema_name, load_id)
VALUES (:schema, :load_id)
