-- Creates the table of staged rows that enter the home table of their type, counted per event name and hour: a track
-- enters the table of its event too. `load_hour` is the hour of this load that brings them.
CREATE TEMPORARY TABLE load_entering (
    type TEXT, event TEXT, event_hour TIMESTAMP WITH TIME ZONE, load_hour TIMESTAMP WITH TIME ZONE, entering BIGINT
)
