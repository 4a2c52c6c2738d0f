-- Adds the staged rows of one home table whose id has another row among them, of another hour of this load, to
-- `load_contenders`.
INSERT INTO {contenders} (
    type, id, archive_hour, event_time, received, fingerprint, event, user_id, anonymous_id
)
SELECT
    :type, s.id, s._archive_hour, s."timestamp", s.{received_sent}, s._fingerprint, s.{event}, s.user_id, s.anonymous_id
FROM {staged} AS s
INNER JOIN (SELECT g.id FROM {staged} AS g GROUP BY g.id HAVING COUNT(*) > 1) AS d ON d.id = s.id
WHERE NOT EXISTS (SELECT 1 FROM {stored} AS r WHERE r.type = :type AND r.id = s.id)
