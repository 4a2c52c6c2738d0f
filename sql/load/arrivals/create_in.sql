-- Rows that this load puts into event tables, counted per event hour; `same` had a row of their id there before.
CREATE TEMPORARY TABLE load_in (table_name TEXT, event_hour TIMESTAMP WITH TIME ZONE, came BIGINT, same BIGINT)
