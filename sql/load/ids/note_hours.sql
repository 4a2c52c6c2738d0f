-- Adds the hashes of the ids that one home table still has of those hours.
INSERT INTO tideline.id_hashes (schema_name, archive_hour, hash)
SELECT :schema, home._archive_hour, {hash}
FROM {home} AS home
WHERE home._archive_hour IN (SELECT r.archive_hour FROM {dropped_ids} AS r)
