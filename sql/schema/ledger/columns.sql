-- Creates the catalog: one row per column that events have added to an event table.
CREATE TABLE IF NOT EXISTS tideline.columns (
    schema_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    type TEXT NOT NULL,
    path TEXT,
    provisional BOOLEAN NOT NULL,
    pinned BOOLEAN NOT NULL,
    booleans BIGINT NOT NULL,
    ints BIGINT NOT NULL,
    floats BIGINT NOT NULL,
    strings BIGINT NOT NULL,
    datetimes BIGINT NOT NULL,
    rescued BIGINT NOT NULL,
    first_archive_hour TIMESTAMP WITH TIME ZONE,
    first_file TEXT,
    last_archive_hour TIMESTAMP WITH TIME ZONE
)
