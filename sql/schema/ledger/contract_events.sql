-- Creates the count of events (distinct ids) per loaded hour and type that a contract is about, how many of them violate
-- it, and how many of these it keeps out of the tables (mode `quarantine`): the lake has them all.
CREATE TABLE IF NOT EXISTS tideline.contract_events (
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    type TEXT NOT NULL,
    checked BIGINT NOT NULL,
    violating BIGINT NOT NULL,
    quarantined BIGINT NOT NULL
)
