-- Touches the users of identifies that are made anew: a former configuration may have had them under another user_id.
INSERT INTO load_touched (user_id)
SELECT t.user_id
FROM {identifies} AS t
INNER JOIN load_standing AS r ON r.id = t.id AND r.archive_hour = t._archive_hour
