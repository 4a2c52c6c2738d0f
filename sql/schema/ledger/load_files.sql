-- Creates the list of the files of each load.
CREATE TABLE IF NOT EXISTS tideline.load_files (
    load_id TEXT NOT NULL,
    file TEXT NOT NULL,
    bytes BIGINT,
    etag TEXT,
    lines BIGINT,
    bad BOOLEAN,
    vanished BOOLEAN
)
