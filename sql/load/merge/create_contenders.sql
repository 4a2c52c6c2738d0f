-- Creates the table of contenders: staged rows, of this load or restored from other hours, whose id has a stored rival
-- or a row of another hour of this load.
CREATE TEMPORARY TABLE load_contenders (
    type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, event_time TIMESTAMP WITH TIME ZONE,
    received TIMESTAMP WITH TIME ZONE, fingerprint BIGINT, event TEXT, user_id TEXT, anonymous_id TEXT
)
