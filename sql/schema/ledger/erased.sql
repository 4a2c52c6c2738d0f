-- Creates the count of events and quarantined lines per loaded hour that an erasure has left out (contract §9, §13).
CREATE TABLE IF NOT EXISTS tideline.erased (
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    events BIGINT NOT NULL
)
