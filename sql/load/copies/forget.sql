-- Forgets which copies this hour's former load brought.
DELETE FROM tideline.copies
WHERE schema_name = :schema AND source = :source AND archive_hour = :archive_hour
