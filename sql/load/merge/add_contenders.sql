-- Adds the staged rows of one home table whose id has a stored rival to `load_contenders`.
INSERT INTO {contenders} (type, id, archive_hour, received, fingerprint)
SELECT :type, s.id, s._archive_hour, s.{received_sent}, s._fingerprint
FROM {staged} AS s
WHERE s.id IN (SELECT r.id FROM {stored} AS r WHERE r.type = :type)
