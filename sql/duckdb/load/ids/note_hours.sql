-- Notes the ids of those hours that still stand in one home table.
-- DuckDB only: it has no index of ids.
INSERT INTO tideline.id_hashes (schema_name, archive_hour, hash)
SELECT :schema, home._archive_hour, {hash}
FROM {home} AS home
WHERE home._archive_hour IN (SELECT r.archive_hour FROM retain_ids AS r)
