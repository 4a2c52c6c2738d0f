-- Subtracts erased events and lines from the counts of the newest loads of their hours.
UPDATE tideline.loads
SET
    events = events - (SELECT e.events FROM {erased} AS e WHERE e.archive_hour = loads.archive_hour),
    late = late - (SELECT e.late FROM {erased} AS e WHERE e.archive_hour = loads.archive_hour),
    quarantined = quarantined - (SELECT e.lines FROM {erased} AS e WHERE e.archive_hour = loads.archive_hour)
WHERE source = :source
    AND archive_hour IN (SELECT e.archive_hour FROM {erased} AS e)
    AND load_id = (
        SELECT MAX(n.load_id)
        FROM tideline.loads AS n
        WHERE n.source = :source AND n.archive_hour = loads.archive_hour
    )
