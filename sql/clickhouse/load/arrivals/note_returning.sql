-- Adds the entering rows of one home table whose ids had a row before to `load_returning`.
-- Override: a correlated subquery becomes a join that holds the staged rows in memory.
INSERT INTO load_returning (type, id, event, event_hour, load_hour)
SELECT :type, s.id, {event}, DATE_TRUNC('hour', s."timestamp"), g.load_hour
FROM {staged} AS s
INNER JOIN {leaving} AS g ON g.type = :type AND g.id = s.id
WHERE (s.id, s._archive_hour) NOT IN (
    SELECT l.id, l.archive_hour FROM {losing} AS l WHERE l.type = :type
)
