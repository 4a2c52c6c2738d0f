-- Deletes the samples of the hour's previous load from `tideline.id_conflicts`, and those of other hours that are about
-- an event of this hour: it may have left.
DELETE FROM tideline.id_conflicts
WHERE (source = :source AND archive_hour = :archive_hour) OR other_archive_hour = :archive_hour
