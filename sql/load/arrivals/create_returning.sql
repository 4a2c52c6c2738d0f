-- Creates the table of entering rows whose id had a row before. That row leaves, perhaps from another hour or table.
CREATE TEMPORARY TABLE load_returning (
    type TEXT, id TEXT, event TEXT, event_hour TIMESTAMP WITH TIME ZONE, load_hour TIMESTAMP WITH TIME ZONE
)
