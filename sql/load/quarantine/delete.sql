-- Forgets what an hour's former load put into quarantine: this load's list takes its place.
DELETE FROM tideline.quarantine
WHERE source = :source AND archive_hour = :archive_hour
