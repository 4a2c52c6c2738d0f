-- Creates the list of quarantined lines and files per hour, at most 100 per reason; the lake has them all.
CREATE TABLE IF NOT EXISTS tideline.quarantine (
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    file TEXT,
    line BIGINT,
    byte_offset BIGINT,
    reason TEXT,
    detail TEXT,
    bytes BIGINT,
    raw TEXT
)
