-- Creates the table of the archive hours of this load. `rewrite` is true if all rows of the hour are written again.
CREATE TEMPORARY TABLE load_archive_hours (archive_hour TIMESTAMP WITH TIME ZONE, load_id TEXT, rewrite BOOLEAN)
