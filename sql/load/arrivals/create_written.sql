-- Creates the table of rows that this load writes, counted per event hour. `replaced` are those whose id had a row in
-- the same table and event hour. `load_hour` is the hour that writes them; any hour outside this load counts as its first.
CREATE TEMPORARY TABLE load_written (
    table_name TEXT, event_hour TIMESTAMP WITH TIME ZONE, load_hour TIMESTAMP WITH TIME ZONE, written BIGINT, replaced BIGINT
)
