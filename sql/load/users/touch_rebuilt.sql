-- Adds the users of rebuilt identifies to `load_touched`: an earlier configuration may have given them another
-- user_id.
INSERT INTO load_touched (user_id)
SELECT t.user_id
FROM {identifies} AS t
INNER JOIN {rebuilt} AS r ON r.id = t.id AND r.archive_hour = t._archive_hour
