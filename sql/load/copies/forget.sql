-- Deletes the copies that this hour's previous load added to `tideline.copies`: this load adds its own.
DELETE FROM tideline.copies
WHERE schema_name = :schema AND source = :source AND archive_hour = :archive_hour
