-- How many staged rows enter the home table of their type; a track's, by its event, another table too.
CREATE TEMPORARY TABLE load_entering (type TEXT, event TEXT, event_hour TIMESTAMP WITH TIME ZONE, came BIGINT)
