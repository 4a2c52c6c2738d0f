-- Creates the table of rows that this load removes from event tables.
CREATE TEMPORARY TABLE load_removed (table_name TEXT, id TEXT, event_hour TIMESTAMP WITH TIME ZONE)
