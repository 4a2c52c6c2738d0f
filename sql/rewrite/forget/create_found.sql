-- Creates the table of rows of home tables that hold a person who is searched for. `event_time` finds the row in every
-- table that has it.
CREATE TEMPORARY TABLE found_rows (
    type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, event_time TIMESTAMP WITH TIME ZONE
)
