-- Adds the users of leaving identifies to `load_touched`.
INSERT INTO load_touched (user_id)
SELECT t.user_id
FROM {identifies} AS t
INNER JOIN {leaving} AS l ON l.type = 'identify' AND l.id = t.id AND l.event_time = t."timestamp"
