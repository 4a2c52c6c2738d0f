-- Deletes what the hour's previous load left out from `tideline.excluded`.
DELETE FROM tideline.excluded
WHERE source = :source AND archive_hour = :archive_hour
