-- Creates the table of marked rows that staged rows replace now, one event table at a time.
CREATE TEMPORARY TABLE load_rebuilt (
    table_name TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, event_hour TIMESTAMP WITH TIME ZONE
)
