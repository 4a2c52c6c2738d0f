-- Adds the rows of the hours' previous loads to `load_stored`: each is unchanged, replaced or missing now.
INSERT INTO load_stored (type, id, archive_hour, event_time, received, fingerprint)
SELECT :type, home.id, home._archive_hour, home."timestamp", NULL, home._fingerprint
FROM {home} AS home
WHERE home._archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
