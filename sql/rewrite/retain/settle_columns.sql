-- Settle the provisional columns with values of archive hours that leave the lake: no later load could read those
-- values again to give them another type.
UPDATE tideline.columns
SET provisional = FALSE
WHERE schema_name = :schema AND provisional AND first_archive_hour < :before
