-- Record the rows of one table that are to be dropped as deleted, so that the sums of `arrivals` equal the rows. Each
-- is subtracted from its archive hour.
INSERT INTO tideline.arrivals (
    load_id, source, archive_hour, schema_name, table_name, event_hour, inserted, updated, deleted
)
SELECT
    :load_id, :source, t._archive_hour, :schema, :name, DATE_TRUNC('hour', t."timestamp"), 0, 0, COUNT(*)
FROM {table} AS t
WHERE t.event_date < :before_date
GROUP BY t._archive_hour, DATE_TRUNC('hour', t."timestamp")
