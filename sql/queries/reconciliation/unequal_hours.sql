-- Event hours that the given archive hours changed and whose rows differ from the sum of `arrivals`, in one table
-- (contract §9). Only rows between the first and the last of them are read.
WITH touched AS (
    SELECT event_hour, min(archive_hour) AS archive_hour
    FROM tideline.arrivals
    WHERE schema_name = :schema AND table_name = :table AND source = :source AND archive_hour IN :hours
    GROUP BY event_hour
),
expected AS (
    SELECT
        touched.archive_hour AS archive_hour, arrivals.event_hour AS event_hour,
        CAST(sum(arrivals.inserted) - sum(arrivals.deleted) AS BIGINT) AS arrived
    FROM tideline.arrivals AS arrivals
    INNER JOIN touched ON touched.event_hour = arrivals.event_hour
    WHERE arrivals.schema_name = :schema AND arrivals.table_name = :table
    GROUP BY touched.archive_hour, arrivals.event_hour
),
present AS (
    SELECT date_trunc('hour', timestamp) AS event_hour, count(*) AS held
    FROM {table}
    WHERE
        timestamp >= (SELECT min(event_hour) FROM touched)
        AND timestamp < (SELECT max(event_hour) + INTERVAL '1 hour' FROM touched)
    GROUP BY date_trunc('hour', timestamp)
)
SELECT expected.archive_hour, expected.event_hour, expected.arrived, coalesce(present.held, 0) AS held
FROM expected
LEFT JOIN present ON present.event_hour = expected.event_hour
WHERE expected.arrived <> coalesce(present.held, 0)
ORDER BY expected.archive_hour, expected.event_hour
