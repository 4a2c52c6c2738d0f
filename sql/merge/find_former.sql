-- Finds the rows that the hour's former load has left: each is unchanged, replaced, or gone.
INSERT INTO load_stored (type, id, archive_hour, received, fingerprint)
SELECT :type, home.id, home._archive_hour, NULL, home._fingerprint
FROM {home} AS home
WHERE home._archive_hour = :archive_hour
