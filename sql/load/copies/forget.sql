-- Deletes the copies that the previous loads of the hours added to `tideline.copies`: this load adds its own.
DELETE FROM tideline.copies
WHERE schema_name = :schema AND source = :source AND archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
