-- Creates the record of erasures: when, by whom and why, how many rows of which tables, in which archive hours. It holds
-- no id. `finished_at` is NULL until everything is erased.
CREATE TABLE IF NOT EXISTS tideline.erasures (
    erasure_id TEXT NOT NULL,
    source TEXT NOT NULL,
    erased_by TEXT NOT NULL,
    reason TEXT,
    persons BIGINT NOT NULL,
    events BIGINT NOT NULL,
    erased_rows BIGINT NOT NULL,
    tables JSON NOT NULL,
    archive_hours JSON NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE
)
