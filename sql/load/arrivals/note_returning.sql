-- Adds the entering rows of one home table whose ids had a row before to `load_returning`.
INSERT INTO load_returning (type, id, event, event_hour, load_hour)
SELECT :type, s.id, {event}, DATE_TRUNC('hour', s."timestamp"), g.load_hour
FROM {staged} AS s
INNER JOIN {leaving} AS g ON g.type = :type AND g.id = s.id
WHERE NOT EXISTS (
    SELECT 1 FROM {losing} AS l WHERE l.type = :type AND l.id = s.id AND l.archive_hour = s._archive_hour
)
