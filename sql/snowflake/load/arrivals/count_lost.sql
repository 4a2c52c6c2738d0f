-- Adds the leaving rows of one event table that somebody has taken out by hand to `load_removed`: the home table has
-- them, `arrivals` has counted them, and the table does not hold them. Without it their reload would count them twice.
-- Override: a subquery that is computed per row may compare by equality alone.
INSERT INTO load_removed (table_name, id, event_hour, load_hour)
WITH lost AS (
    SELECT k.id AS id, DATE_TRUNC('hour', k.event_time) AS event_hour, k.load_hour AS load_hour
    FROM {leaving} AS k
    INNER JOIN {tracks} AS h ON h.id = k.id AND h."timestamp" = k.event_time
    WHERE
        k.type = 'track' AND h.event IN :events
        AND NOT EXISTS (SELECT 1 FROM {table} AS t WHERE t.id = k.id AND t."timestamp" = k.event_time)
),
missing AS (
    SELECT
        hours.event_hour AS event_hour, COALESCE(expected.rows_expected, 0) - COALESCE(held.rows_held, 0) AS missing
    FROM (SELECT DISTINCT event_hour FROM lost) AS hours
    LEFT JOIN (
        SELECT a.event_hour AS event_hour, SUM(a.inserted) - SUM(a.deleted) AS rows_expected
        FROM tideline.arrivals AS a
        WHERE a.schema_name = :schema AND a.table_name = :name
        GROUP BY a.event_hour
    ) AS expected ON expected.event_hour = hours.event_hour
    LEFT JOIN (
        SELECT DATE_TRUNC('hour', t."timestamp") AS event_hour, COUNT(*) AS rows_held
        FROM {table} AS t
        GROUP BY DATE_TRUNC('hour', t."timestamp")
    ) AS held ON held.event_hour = hours.event_hour
)
SELECT :name, l.id, l.event_hour, l.load_hour
FROM (
    SELECT id, event_hour, load_hour, ROW_NUMBER() OVER (PARTITION BY event_hour ORDER BY id) AS number FROM lost
) AS l
INNER JOIN missing AS m ON m.event_hour = l.event_hour AND l.number <= m.missing
