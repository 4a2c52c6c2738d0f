-- Rows that this load takes out of event tables.
CREATE TEMPORARY TABLE load_out (table_name TEXT, id TEXT, event_hour TIMESTAMP WITH TIME ZONE)
