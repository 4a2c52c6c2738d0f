-- Creates the list of copies that lost: one row per (type, id) and archive hour that contains it, except the hour
-- whose row is in the warehouse.
CREATE TABLE IF NOT EXISTS tideline.copies (
    schema_name TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL
)
