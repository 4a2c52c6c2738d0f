-- Deletes what the hours' previous loads left out from `tideline.excluded`.
DELETE FROM tideline.excluded
WHERE source = :source AND archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
