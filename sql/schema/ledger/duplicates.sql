-- Creates the count of duplicates per loaded hour and library: copies of an id in one archive hour that were left out, by
-- the `context.library` of the copy. The sum of an hour is `duplicates` of its load.
CREATE TABLE IF NOT EXISTS tideline.duplicates (
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    library TEXT NOT NULL,
    duplicates BIGINT NOT NULL
)
