-- Records what a pass drops of each archive hour: its rows, and its copies that lost against a dropped row.
INSERT INTO tideline.dropped (
    load_id, source, schema_name, type, archive_hour, before_date, dropped_rows, dropped_copies, finished_at
)
SELECT
    :load_id, :source, :schema, type, archive_hour, :before_date, SUM(gone), SUM(copies), :finished_at
FROM (
    SELECT type, archive_hour, 1 AS gone, 0 AS copies
    FROM retain_ids
    UNION ALL
    SELECT c.type, c.archive_hour, 0, 1
    FROM tideline.copies AS c
    INNER JOIN retain_ids AS r ON r.type = c.type AND r.id = c.id
    WHERE c.schema_name = :schema AND c.source = :source
) AS gone_ids
GROUP BY type, archive_hour
