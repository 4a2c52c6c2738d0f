-- Creates the table of rows that this load writes, counted per event hour. `replaced` are those whose id had a row in
-- the same table and event hour.
CREATE TEMPORARY TABLE load_written (
    table_name TEXT, event_hour TIMESTAMP WITH TIME ZONE, written BIGINT, replaced BIGINT
)
