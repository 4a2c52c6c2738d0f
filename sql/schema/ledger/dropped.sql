-- Creates the record of what passes of `tideline retain` have dropped, per archive hour and type: rows of the home
-- table, and copies of their ids. The rows are in `arrivals` too, under the same load_id; a pass has no row in
-- `loads`.
CREATE TABLE IF NOT EXISTS tideline.dropped (
    load_id TEXT NOT NULL,
    source TEXT NOT NULL,
    schema_name TEXT NOT NULL,
    type TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    before_date DATE NOT NULL,
    dropped_rows BIGINT NOT NULL,
    dropped_copies BIGINT NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE NOT NULL
)
