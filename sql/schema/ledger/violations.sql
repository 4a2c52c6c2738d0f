-- Creates the counts of contract violations per loaded hour: how many events of a type and name (of a track) have a
-- problem at a path, by the SDK that sent them. `path` starts at the event's root and is `*` for what exceeds the kinds
-- that are counted apart. No column holds a value of an event; `file` and `line` are where the first of them is.
CREATE TABLE IF NOT EXISTS tideline.violations (
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    type TEXT NOT NULL,
    event TEXT,
    path TEXT NOT NULL,
    problem TEXT NOT NULL,
    mode TEXT NOT NULL,
    library TEXT,
    library_version TEXT,
    events BIGINT NOT NULL,
    file TEXT NOT NULL,
    line BIGINT NOT NULL
)
