-- The ids that a pass drops, and the archive hours whose rows stood.
CREATE TEMPORARY TABLE retain_ids (type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE)
