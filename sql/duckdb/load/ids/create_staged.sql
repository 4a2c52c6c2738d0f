-- Hashes of the ids that this load brings.
CREATE TEMPORARY TABLE load_hashes (type TEXT, hash BIGINT)
