-- Creates the view of restatements: changes of a day after its own archive hours, per event day and table. A load
-- restates a day if the UTC date of its archive hour is after that day (`late events`), or if it is not the first load
-- of its archive hour: then it restates every day it changes (`loaded again`). So an archive hour of the same day that
-- is loaded for the first time restates nothing, however late. `retention` is what `tideline retain` dropped; it has
-- no archive hour.
CREATE OR REPLACE VIEW tideline.restatements AS
WITH passes AS (
    SELECT DISTINCT load_id, finished_at FROM dropped
),
firsts AS (
    SELECT source, archive_hour, MIN(load_id) AS load_id
    FROM (
        SELECT source, archive_hour, load_id FROM loads
        UNION ALL
        SELECT source, archive_hour, load_id FROM arrivals
        WHERE load_id NOT IN (SELECT load_id FROM dropped)
    ) AS known
    GROUP BY source, archive_hour
),
changes AS (
    SELECT
        CAST(a.event_hour AT TIME ZONE 'UTC' AS DATE) AS day, a.source AS source, a.schema_name AS schema_name,
        a.table_name AS table_name, a.load_id AS load_id,
        CASE WHEN p.load_id IS NULL THEN a.archive_hour END AS archive_hour, p.finished_at AS passed_at,
        CASE
            WHEN p.load_id IS NOT NULL THEN 'retention'
            WHEN f.load_id <> a.load_id THEN 'loaded again'
            WHEN CAST(a.archive_hour AT TIME ZONE 'UTC' AS DATE) > CAST(a.event_hour AT TIME ZONE 'UTC' AS DATE)
                THEN 'late events'
        END AS reason,
        a.inserted AS inserted, a.updated AS updated, a.deleted AS deleted
    FROM arrivals AS a
    LEFT JOIN passes AS p ON p.load_id = a.load_id
    LEFT JOIN firsts AS f ON f.source = a.source AND f.archive_hour = a.archive_hour
)
SELECT
    c.day AS day, c.schema_name AS schema_name, c.table_name AS table_name, CAST(SUM(c.inserted) AS BIGINT) AS inserted,
    CAST(SUM(c.updated) AS BIGINT) AS updated, CAST(SUM(c.deleted) AS BIGINT) AS deleted,
    CAST(SUM(c.inserted) - SUM(c.deleted) AS BIGINT) AS net, c.reason AS reason, c.archive_hour AS archive_hour,
    COALESCE(c.passed_at, l.finished_at) AS finished_at, c.load_id AS load_id, l.run_id AS run_id, c.source AS source
FROM changes AS c
LEFT JOIN loads AS l ON l.load_id = c.load_id
WHERE c.reason IS NOT NULL
GROUP BY
    c.day, c.schema_name, c.table_name, c.reason, c.archive_hour, c.passed_at, l.finished_at, c.load_id, l.run_id,
    c.source
