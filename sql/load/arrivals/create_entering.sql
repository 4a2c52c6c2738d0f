-- Creates the table of staged rows that enter the home table of their type, counted per event name and hour: a track
-- enters the table of its event too.
CREATE TEMPORARY TABLE load_entering (type TEXT, event TEXT, event_hour TIMESTAMP WITH TIME ZONE, entering BIGINT)
