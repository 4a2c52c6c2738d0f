-- Notes the ids that stand in one home table. They are not sorted: the rows of one hour are, and across hours that takes
-- half as long again for the same room.
-- DuckDB only: it has no index of ids.
INSERT INTO tideline.id_hashes (schema_name, archive_hour, hash)
SELECT :schema, home._archive_hour, {hash}
FROM {home} AS home
