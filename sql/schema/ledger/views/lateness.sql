-- Creates the view of how late rows arrive: the share of the rows of the last 30 days of the archive that had arrived
-- a number of hours after the start of their event hour; after 1 hour means on time. An archive hour has arrived when
-- it is over. The 30 days end at the newest archive hour that is loaded, not at CURRENT_TIMESTAMP, so the curve of an
-- archive that has stopped stays the same. Rows that retention dropped count: they did arrive. Columns are only added,
-- at the end: `CREATE OR REPLACE` keeps the grants of the view.
CREATE OR REPLACE VIEW tideline.lateness AS
WITH newest AS (
    SELECT source, schema_name, MAX(archive_hour) AS archive_hour
    FROM arrivals
    WHERE archive_hour <= CURRENT_TIMESTAMP
    GROUP BY source, schema_name
),
came AS (
    SELECT
        a.source AS source, a.schema_name AS schema_name, a.event_hour AS event_hour, a.archive_hour AS archive_hour,
        SUM(a.inserted - a.deleted) AS arrived
    FROM arrivals AS a
    INNER JOIN newest AS n ON n.source = a.source AND n.schema_name = a.schema_name
    WHERE
        a.archive_hour > n.archive_hour - INTERVAL '720 hours'
        AND a.archive_hour <= n.archive_hour
        AND a.table_name IN ('tracks', 'identifies', 'pages', 'screens', 'groups', 'aliases')
        AND a.load_id NOT IN (SELECT load_id FROM dropped)
    GROUP BY a.source, a.schema_name, a.event_hour, a.archive_hour
    HAVING SUM(a.inserted - a.deleted) > 0
),
counted AS (
    SELECT
        c.source, c.schema_name, d.delay_hours, SUM(c.arrived) AS came,
        SUM(
            CASE
                WHEN c.archive_hour + INTERVAL '1 hour' <= c.event_hour + d.delay_hours * INTERVAL '1 hour' THEN c.arrived
                ELSE 0
            END
        ) AS arrived
    FROM came AS c
    CROSS JOIN (VALUES (1), (2), (3), (6), (12), (24), (48), (72), (168), (336), (720)) AS d (delay_hours)
    GROUP BY c.source, c.schema_name, d.delay_hours
)
SELECT
    source, schema_name, delay_hours, CAST(arrived AS BIGINT) AS arrived,
    CAST(arrived AS DOUBLE PRECISION) / CAST(came AS DOUBLE PRECISION) AS share
FROM counted
