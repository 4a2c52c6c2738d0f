-- Creates the table of stored rows that this load deletes. `event_time` helps to find the row in every table that has
-- it, `load_hour` is the hour of this load that takes it away.
CREATE TEMPORARY TABLE load_leaving (
    type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, event_time TIMESTAMP WITH TIME ZONE,
    load_hour TIMESTAMP WITH TIME ZONE
)
