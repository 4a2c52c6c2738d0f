-- Deletes the id of the newest load whose ids are in `id_hashes`.
DELETE FROM tideline.id_hashes_until
WHERE schema_name = :schema
