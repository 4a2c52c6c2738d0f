-- Creates the table of winners: the one copy per contested (type, id) that the home table has after this load.
CREATE TEMPORARY TABLE load_winners (type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, fingerprint BIGINT)
