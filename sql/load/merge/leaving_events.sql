-- Event names of the tracks that leave: their event tables hold those rows too.
SELECT DISTINCT t.event
FROM {tracks} AS t
INNER JOIN load_leaving AS l ON l.type = 'track' AND l.id = t.id AND l.event_time = t."timestamp"
WHERE t.event IS NOT NULL
