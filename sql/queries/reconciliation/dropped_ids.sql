-- Ids of archive hours that retention has dropped, as rows or as copies, since the last load of the hour: a load adds
-- them all again.
SELECT d.archive_hour, CAST(SUM(d.dropped_rows + d.dropped_copies) AS BIGINT) AS dropped
FROM tideline.dropped AS d
INNER JOIN (
    SELECT archive_hour, MAX(load_id) AS load_id
    FROM tideline.loads
    WHERE source = :source
    GROUP BY archive_hour
) AS newest ON newest.archive_hour = d.archive_hour
WHERE
    d.schema_name = :schema AND d.source = :source AND d.type = :type AND d.archive_hour IN :hours
    AND d.load_id > newest.load_id
GROUP BY d.archive_hour
ORDER BY d.archive_hour
