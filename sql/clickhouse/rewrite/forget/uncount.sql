-- Subtracts erased events and lines from the counts of the newest loads of their hours.
-- Override: the subquery of an update knows no column of its table: the erased hours are one array of tuples.
UPDATE tideline.loads
SET
    events = events - arrayFirst(
        e -> e.1 = archive_hour, (SELECT groupArray((a.archive_hour, a.events)) FROM {erased} AS a)
    ).2,
    late = late - arrayFirst(
        e -> e.1 = archive_hour, (SELECT groupArray((a.archive_hour, a.late)) FROM {erased} AS a)
    ).2,
    quarantined = quarantined - arrayFirst(
        e -> e.1 = archive_hour, (SELECT groupArray((a.archive_hour, a.lines)) FROM {erased} AS a)
    ).2
WHERE
    source = :source
    AND archive_hour IN (SELECT a.archive_hour FROM {erased} AS a)
    AND load_id IN (
        SELECT MAX(n.load_id)
        FROM tideline.loads AS n
        WHERE n.source = :source
        GROUP BY n.archive_hour
    )
