-- Stands in for a table of events that no event has come for yet.
CREATE TEMPORARY TABLE {table} ({definitions})
