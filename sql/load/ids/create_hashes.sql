-- Creates the table of hashes of staged ids.
CREATE TEMPORARY TABLE load_id_hashes (type TEXT, archive_hour TIMESTAMP WITH TIME ZONE, hash BIGINT)
