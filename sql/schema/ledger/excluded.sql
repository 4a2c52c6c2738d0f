-- Creates the count of events (distinct ids) per loaded hour that `include` and `exclude` keep out of the warehouse;
-- the lake has them all. `event` is the name as sent: NULL for an event that is no track or has no name, and for all
-- names past the 100 with the most events.
CREATE TABLE IF NOT EXISTS tideline.excluded (
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    type TEXT NOT NULL,
    event TEXT,
    events BIGINT NOT NULL
)
