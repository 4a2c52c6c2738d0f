-- Create the table of the ids that a pass drops, with the archive hours of their rows.
CREATE TEMPORARY TABLE retain_ids (type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE)
