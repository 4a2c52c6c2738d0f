-- Takes the keys of staged rows of a home table into the contest.
INSERT INTO load_contenders (type, id, archive_hour, received, fingerprint)
SELECT :type, id, _archive_hour, {received_sent}, _fingerprint
FROM {staged}
