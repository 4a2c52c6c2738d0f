-- Returns the ids that aliases tie to others, in both directions.
SELECT DISTINCT t.user_id AS id
FROM {table} AS t
WHERE t.user_id IS NOT NULL AND t.previous_id IN (SELECT id FROM {persons})
UNION
SELECT DISTINCT t.previous_id AS id
FROM {table} AS t
WHERE t.previous_id IS NOT NULL AND t.user_id IN (SELECT id FROM {persons})
