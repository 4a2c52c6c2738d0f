-- Notes the load up to which the hashes of a schema are complete.
INSERT INTO tideline.id_hashes_until (schema_name, load_id)
VALUES (:schema, :load_id)
