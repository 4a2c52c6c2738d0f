-- Creates the table of other archive hours that may contain a staged id. No other hour
-- contains one.
CREATE TEMPORARY TABLE load_id_hours (type TEXT, archive_hour TIMESTAMP WITH TIME ZONE)
