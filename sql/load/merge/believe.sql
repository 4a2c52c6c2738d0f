-- Sets `received` of stored rivals whose received_at the lake confirms: it is the start of their archive hour.
UPDATE load_stored
SET received = archive_hour
WHERE (type, id, archive_hour) IN (SELECT type, id, archive_hour FROM {believed})
