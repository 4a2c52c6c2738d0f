-- The rows that stand in the warehouse under those ids, and all rows of the hour's former load.
CREATE TEMPORARY TABLE load_stored (
    type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, event_time TIMESTAMP WITH TIME ZONE,
    received TIMESTAMP WITH TIME ZONE, fingerprint BIGINT
)
