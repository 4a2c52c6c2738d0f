-- Deletes the duplicates of the hours' previous loads.
DELETE FROM tideline.duplicates
WHERE source = :source AND archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
