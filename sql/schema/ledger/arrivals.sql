-- Creates the record of what each load changed, per table and event hour: for restatements and incremental models.
CREATE TABLE IF NOT EXISTS tideline.arrivals (
    load_id TEXT NOT NULL,
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    schema_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    event_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    inserted BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    deleted BIGINT NOT NULL
)
