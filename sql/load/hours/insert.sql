-- Adds the archive hours of this load to `load_archive_hours`.
INSERT INTO load_archive_hours (archive_hour, load_id, rewrite)
SELECT archive_hour, load_id, rewrite
FROM {hours}
