-- The lateness curve of a source.
SELECT delay_hours, share
FROM tideline.lateness
WHERE source = :source AND schema_name = :schema
ORDER BY delay_hours
