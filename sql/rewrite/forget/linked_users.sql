-- Returns the user ids that identifies tie to anonymous ids.
SELECT DISTINCT t.user_id AS id
FROM {table} AS t
WHERE t.user_id IS NOT NULL AND t.anonymous_id IN (SELECT id FROM {persons})
