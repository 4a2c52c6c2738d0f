-- The copy that stands, or will, of every contested (type, id).
CREATE TEMPORARY TABLE load_winners (type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, fingerprint BIGINT)
