-- Returns the archive hours with quarantined lines of which `tideline.quarantine` has not all, or one that is cut.
SELECT l.archive_hour
FROM tideline.loads AS l
LEFT JOIN (
    SELECT archive_hour, COUNT(*) AS lines
    FROM tideline.quarantine
    WHERE source = :source AND reason <> 'bad_file' AND raw IS NOT NULL AND bytes <= :most
    GROUP BY archive_hour
) AS q ON q.archive_hour = l.archive_hour
WHERE l.source = :source
    AND l.quarantined > 0
    AND l.quarantined <> COALESCE(q.lines, 0)
    AND l.load_id = (
        SELECT MAX(n.load_id)
        FROM tideline.loads AS n
        WHERE n.source = :source AND n.archive_hour = l.archive_hour
    )
