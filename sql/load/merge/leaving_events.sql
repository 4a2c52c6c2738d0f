-- Returns the event names of leaving tracks: the tables of these events contain those rows too.
SELECT DISTINCT t.event
FROM {tracks} AS t
INNER JOIN {leaving} AS l ON l.type = 'track' AND l.id = t.id AND l.event_time = t."timestamp"
WHERE t.event IS NOT NULL
