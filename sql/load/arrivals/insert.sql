-- Records in `tideline.arrivals` what every hour of this load inserted, updated and deleted per table and event hour. A
-- row that moves to another hour or table is deleted there and inserted here, so the sums of `arrivals` are the rows of
-- each table. What no hour of the load did is the first one's: :load_id and :archive_hour.
INSERT INTO tideline.arrivals (
    load_id, source, archive_hour, schema_name, table_name, event_hour, inserted, updated, deleted
)
SELECT
    load_id, :source, archive_hour, :schema, table_name, event_hour,
    SUM(written) - SUM(replaced), SUM(replaced), SUM(removed) - SUM(replaced)
FROM (
    SELECT
        COALESCE(h.load_id, :load_id) AS load_id, COALESCE(h.archive_hour, :archive_hour) AS archive_hour,
        m.table_name AS table_name, m.event_hour AS event_hour, m.written AS written, m.replaced AS replaced,
        m.removed AS removed
    FROM (
        SELECT table_name, event_hour, load_hour, written, replaced, 0 AS removed FROM load_written
        UNION ALL
        SELECT table_name, event_hour, load_hour, 0 AS written, 0 AS replaced, COUNT(*) AS removed
        FROM load_removed
        GROUP BY table_name, event_hour, load_hour
    ) AS m
    LEFT JOIN {hours} AS h ON h.archive_hour = m.load_hour
) AS moves
GROUP BY load_id, archive_hour, table_name, event_hour
