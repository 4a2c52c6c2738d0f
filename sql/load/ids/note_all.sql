-- Adds the hashes of all ids of one home table. They are not sorted: the rows of one hour are, and a sort across hours
-- takes half as much time again and saves no space.
INSERT INTO tideline.id_hashes (schema_name, archive_hour, hash)
SELECT :schema, home._archive_hour, {hash}
FROM {home} AS home
