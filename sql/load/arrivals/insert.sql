-- Records per table and event hour what this load inserted, updated and deleted: a row that moves to another hour or
-- table is deleted there and inserted here, so the sums of this table are the rows that stand.
INSERT INTO tideline.arrivals (
    load_id, source, archive_hour, schema_name, table_name, event_hour, inserted, updated, deleted
)
SELECT
    :load_id, :source, :archive_hour, :schema, table_name, event_hour,
    SUM(came) - SUM(same), SUM(same), SUM(went) - SUM(same)
FROM (
    SELECT table_name, event_hour, came, same, 0 AS went FROM load_in
    UNION ALL
    SELECT table_name, event_hour, 0, 0, COUNT(*) FROM load_out GROUP BY table_name, event_hour
) AS moves
GROUP BY table_name, event_hour
