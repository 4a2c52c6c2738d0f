-- Counts the staged rows of one home table that enter the warehouse in `load_entering`.
-- Override: a correlated subquery becomes a join that holds the staged rows in memory.
INSERT INTO load_entering (type, event, event_hour, load_hour, entering)
SELECT e.type, e.event, e.event_hour, e.load_hour, COUNT(*)
FROM (
    SELECT
        CAST(:type AS TEXT) AS type, CAST({event} AS TEXT) AS event, DATE_TRUNC('hour', s."timestamp") AS event_hour,
        s._archive_hour AS load_hour
    FROM {staged} AS s
    WHERE (s.id, s._archive_hour) NOT IN (
        SELECT l.id, l.archive_hour FROM {losing} AS l WHERE l.type = :type
    )
) AS e
GROUP BY e.type, e.event, e.event_hour, e.load_hour
