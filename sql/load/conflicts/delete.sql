-- Deletes the samples of the hours' previous loads from `tideline.id_conflicts`, and those of other hours that are about
-- an event of these hours: it may have left.
DELETE FROM tideline.id_conflicts
WHERE
    source = :source
    AND (
        archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
        OR other_archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
    )
