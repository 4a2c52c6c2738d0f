-- Creates the view of event hours: rows now, how many of them are late, when a load last changed the hour and how many
-- loads have, and the share of rows that `lateness` expects at the hour's age. An event counts once, in its home
-- table. A row is late if its archive hour is after its event hour (contract §1). The age is taken at
-- CURRENT_TIMESTAMP: when an archive stops, its hours still become settled, although nothing arrives any more. An hour
-- that is not over is settled 0.
CREATE OR REPLACE VIEW tideline.event_hours AS
WITH hours AS (
    SELECT
        source, schema_name, event_hour, COUNT(DISTINCT load_id) AS loads, MAX(load_id) AS load_id,
        SUM(CASE WHEN home THEN moved ELSE 0 END) AS held,
        SUM(CASE WHEN home AND archive_hour > event_hour THEN moved ELSE 0 END) AS late
    FROM (
        SELECT
            source, schema_name, event_hour, archive_hour, load_id, inserted - deleted AS moved,
            table_name IN ('tracks', 'identifies', 'pages', 'screens', 'groups', 'aliases') AS home
        FROM arrivals
    ) AS moves
    GROUP BY source, schema_name, event_hour
),
curve AS (
    SELECT
        source, schema_name, delay_hours, share,
        LEAD(NULLIF(delay_hours, 0)) OVER (PARTITION BY source, schema_name ORDER BY delay_hours) AS next_hours
    FROM lateness
),
instants AS (
    SELECT load_id, finished_at FROM loads
    UNION
    SELECT load_id, finished_at FROM dropped
)
SELECT
    h.source AS source, h.schema_name AS schema_name, h.event_hour AS event_hour, CAST(h.held AS BIGINT) AS "rows",
    CAST(GREATEST(LEAST(h.late, h.held), 0) AS BIGINT) AS late, i.finished_at AS changed_at, h.loads AS loads,
    CASE WHEN h.event_hour + INTERVAL '1 hour' > CURRENT_TIMESTAMP THEN 0 ELSE c.share END AS settled
FROM hours AS h
LEFT JOIN instants AS i ON i.load_id = h.load_id
LEFT JOIN curve AS c
    ON c.source = h.source
    AND c.schema_name = h.schema_name
    AND h.event_hour + c.delay_hours * INTERVAL '1 hour' <= CURRENT_TIMESTAMP
    AND (c.next_hours IS NULL OR h.event_hour + c.next_hours * INTERVAL '1 hour' > CURRENT_TIMESTAMP)
