-- Takes down the rows that are made anew.
INSERT INTO load_out (table_name, id, event_hour)
SELECT table_name, id, event_hour
FROM load_standing
