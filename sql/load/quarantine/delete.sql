-- Deletes the quarantined lines of the hours' previous loads from `tideline.quarantine`.
DELETE FROM tideline.quarantine
WHERE source = :source AND archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
