-- Adds the staged rows of one home table whose id has a stored rival to `load_contenders`.
INSERT INTO {contenders} (
    type, id, archive_hour, event_time, received, fingerprint, event, user_id, anonymous_id
)
SELECT
    :type, s.id, s._archive_hour, s."timestamp", s.{received_sent}, s._fingerprint, s.{event}, s.user_id, s.anonymous_id
FROM {staged} AS s
WHERE s.id IN (SELECT r.id FROM {stored} AS r WHERE r.type = :type)
