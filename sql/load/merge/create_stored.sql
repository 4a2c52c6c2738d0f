-- Creates the table of stored rivals: rows in home tables that have the id of a staged row, and all rows of the previous
-- loads of the hours. `event`, `user_id` and `anonymous_id` are of rows of other hours. `received` is NULL if the row's
-- received_at may not have been sent.
CREATE TEMPORARY TABLE load_stored (
    type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE, event_time TIMESTAMP WITH TIME ZONE,
    received TIMESTAMP WITH TIME ZONE, fingerprint BIGINT, event TEXT, user_id TEXT, anonymous_id TEXT
)
