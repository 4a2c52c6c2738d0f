-- Deletes the quarantined lines of the hour's previous load from `tideline.quarantine`.
DELETE FROM tideline.quarantine
WHERE source = :source AND archive_hour = :archive_hour
