-- Creates the table of contenders: staged rows, of this hour or restored from others, whose id has a stored rival.
CREATE TEMPORARY TABLE load_contenders (
    type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, event_time TIMESTAMP WITH TIME ZONE,
    received TIMESTAMP WITH TIME ZONE, fingerprint BIGINT, event TEXT, user_id TEXT, anonymous_id TEXT
)
