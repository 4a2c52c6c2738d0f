-- Deletes what the hour's previous load counted as erased.
DELETE FROM tideline.erased
WHERE source = :source AND archive_hour = :archive_hour
