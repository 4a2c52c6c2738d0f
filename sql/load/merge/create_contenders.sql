-- The rows that this load brings, or puts back from other hours, and that another row stands against.
CREATE TEMPORARY TABLE load_contenders (
    type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, received TIMESTAMP WITH TIME ZONE, fingerprint BIGINT
)
