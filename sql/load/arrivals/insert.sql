-- Records in `tideline.arrivals` what this load inserted, updated and deleted per table and event hour. A row that
-- moves to another hour or table is deleted there and inserted here, so the sums of `arrivals` are the rows of each
-- table.
INSERT INTO tideline.arrivals (
    load_id, source, archive_hour, schema_name, table_name, event_hour, inserted, updated, deleted
)
SELECT
    :load_id, :source, :archive_hour, :schema, table_name, event_hour,
    SUM(written) - SUM(replaced), SUM(replaced), SUM(removed) - SUM(replaced)
FROM (
    SELECT table_name, event_hour, written, replaced, 0 AS removed FROM load_written
    UNION ALL
    SELECT table_name, event_hour, 0, 0, COUNT(*) FROM load_removed GROUP BY table_name, event_hour
) AS moves
GROUP BY table_name, event_hour
