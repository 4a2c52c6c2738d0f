-- Touches the users of identifies that leave.
INSERT INTO load_touched (user_id)
SELECT t.user_id
FROM {identifies} AS t
INNER JOIN load_leaving AS l ON l.type = 'identify' AND l.id = t.id AND l.event_time = t."timestamp"
