-- Records the newest load whose ids are in `id_hashes`.
INSERT INTO tideline.id_hashes_until (schema_name, load_id)
VALUES (:schema, :load_id)
