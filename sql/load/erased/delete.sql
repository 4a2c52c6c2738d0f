-- Deletes what the hours' previous loads counted as erased.
DELETE FROM tideline.erased
WHERE source = :source AND archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
