-- Forgets what an hour's former load left out: this load's counts take their place.
DELETE FROM tideline.excluded
WHERE source = :source AND archive_hour = :archive_hour
