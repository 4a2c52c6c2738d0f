-- Returns the anonymous ids that identifies tie to user ids.
SELECT DISTINCT t.anonymous_id AS id
FROM {table} AS t
WHERE t.anonymous_id IS NOT NULL AND t.user_id IN (SELECT id FROM {persons})
