-- Stored rows that this load takes out, with their time, by which a row is found in every table that has it.
CREATE TEMPORARY TABLE load_leaving (
    type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, event_time TIMESTAMP WITH TIME ZONE
)
