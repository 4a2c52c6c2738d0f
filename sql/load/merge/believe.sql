-- Gives stored rivals the received_at that the lake says was believed: it is the start of their archive hour.
UPDATE load_stored
SET received = archive_hour
WHERE (type, id, archive_hour) IN (SELECT type, id, archive_hour FROM {believed})
