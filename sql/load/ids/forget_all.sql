-- Deletes all hashes of a schema.
DELETE FROM tideline.id_hashes
WHERE schema_name = :schema
