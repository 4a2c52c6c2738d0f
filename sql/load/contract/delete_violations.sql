-- Deletes what contracts found in the hours' previous loads from `tideline.violations`.
DELETE FROM tideline.violations
WHERE source = :source AND archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
