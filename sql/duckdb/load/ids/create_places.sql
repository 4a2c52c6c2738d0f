-- The other archive hours that may have brought an id that this load brings; no other hour has.
-- DuckDB only: it has no index of ids.
CREATE TEMPORARY TABLE load_places (type TEXT, archive_hour TIMESTAMP WITH TIME ZONE)
