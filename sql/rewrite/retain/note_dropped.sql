-- Record the dropped ids of every archive hour: its rows, and its copies that lost against a dropped row.
INSERT INTO tideline.dropped (
    load_id, source, schema_name, type, archive_hour, before_date, dropped_rows, dropped_copies, finished_at
)
SELECT
    :load_id, :source, :schema, type, archive_hour, :before_date, SUM(dropped_rows), SUM(copies), :finished_at
FROM (
    SELECT type, archive_hour, 1 AS dropped_rows, 0 AS copies
    FROM retain_ids
    UNION ALL
    SELECT c.type, c.archive_hour, 0, 1
    FROM tideline.copies AS c
    INNER JOIN retain_ids AS r ON r.type = c.type AND r.id = c.id
    WHERE c.schema_name = :schema AND c.source = :source
) AS dropped_ids
GROUP BY type, archive_hour
