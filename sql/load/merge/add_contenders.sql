-- Takes the keys of staged rows of a home table into the contest: of those only that have a rival.
INSERT INTO load_contenders (type, id, archive_hour, received, fingerprint)
SELECT :type, s.id, s._archive_hour, s.{received_sent}, s._fingerprint
FROM {staged} AS s
WHERE s.id IN (SELECT r.id FROM load_stored AS r WHERE r.type = :type)
