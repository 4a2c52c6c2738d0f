-- Creates the hashes of the ids of all events, by the archive hour that contains them. Every row of a home table has
-- its hash here; a hash may have no row any more, or belong to several ids.
-- Override: hashes are found by the order of the table.
CREATE TABLE IF NOT EXISTS tideline.id_hashes (
    schema_name TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    hash BIGINT NOT NULL
)
ENGINE = MergeTree
ORDER BY (schema_name, hash, archive_hour)
