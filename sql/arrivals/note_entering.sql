-- Notes the staged rows of one home table that enter the warehouse.
INSERT INTO load_entering (type, id, event, event_hour)
SELECT :type, s.id, {event}, DATE_TRUNC('hour', s."timestamp")
FROM {staged} AS s
WHERE NOT EXISTS (
    SELECT 1 FROM load_losing AS l WHERE l.type = :type AND l.id = s.id AND l.archive_hour = s._archive_hour
)
