-- The rows that this load brings, or puts back from other hours, to compete for their (type, id).
CREATE TEMPORARY TABLE load_contenders (
    type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, received TIMESTAMP WITH TIME ZONE, fingerprint BIGINT
)
