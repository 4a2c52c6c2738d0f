-- Finds the rows that the hour's former load has left: each is unchanged, replaced, or gone.
INSERT INTO load_stored (type, id, archive_hour, event_time, received, fingerprint)
SELECT :type, home.id, home._archive_hour, home."timestamp", NULL, home._fingerprint
FROM {home} AS home
WHERE home._archive_hour = :archive_hour
