-- Counts the restored copies of one home table that enter the warehouse in `load_entering`, for the hour of this load
-- whose row they replace.
INSERT INTO load_entering (type, event, event_hour, load_hour, entering)
SELECT e.type, e.event, e.event_hour, e.load_hour, COUNT(*)
FROM (
    SELECT
        CAST(:type AS TEXT) AS type, CAST({event} AS TEXT) AS event, DATE_TRUNC('hour', s."timestamp") AS event_hour,
        g.load_hour
    FROM {staged} AS s
    INNER JOIN {leaving} AS g ON g.type = :type AND g.id = s.id
    WHERE NOT EXISTS (
        SELECT 1 FROM {losing} AS l WHERE l.type = :type AND l.id = s.id AND l.archive_hour = s._archive_hour
    )
) AS e
GROUP BY e.type, e.event, e.event_hour, e.load_hour
