-- Marked rows that still stand after the merge, not written by this load, and of which the lake has the same content.
CREATE TEMPORARY TABLE load_standing (
    table_name TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, event_hour TIMESTAMP WITH TIME ZONE
)
