-- One row per (type, id) and archive hour that brought it, but the hour whose row stands.
CREATE TABLE IF NOT EXISTS tideline.copies (
    schema_name TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL
)
