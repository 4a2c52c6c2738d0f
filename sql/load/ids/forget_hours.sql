-- Deletes the hashes of the archive hours of which a retention pass has dropped rows.
DELETE FROM tideline.id_hashes
WHERE schema_name = :schema AND archive_hour IN (SELECT r.archive_hour FROM {dropped_ids} AS r)
