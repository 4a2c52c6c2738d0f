-- Counts the staged rows of one home table in `load_entering`. Used if none of its type lost: all of them enter.
INSERT INTO load_entering (type, event, event_hour, load_hour, entering)
SELECT e.type, e.event, e.event_hour, e.load_hour, COUNT(*)
FROM (
    SELECT
        CAST(:type AS TEXT) AS type, CAST({event} AS TEXT) AS event, DATE_TRUNC('hour', s."timestamp") AS event_hour,
        s._archive_hour AS load_hour
    FROM {staged} AS s
) AS e
GROUP BY e.type, e.event, e.event_hour, e.load_hour
