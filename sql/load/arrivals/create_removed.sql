-- Creates the table of rows that this load removes from event tables. `load_hour` is the hour that removes them; any
-- hour outside this load counts as its first.
CREATE TEMPORARY TABLE load_removed (
    table_name TEXT, id TEXT, event_hour TIMESTAMP WITH TIME ZONE, load_hour TIMESTAMP WITH TIME ZONE
)
