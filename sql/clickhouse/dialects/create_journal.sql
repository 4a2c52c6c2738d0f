-- Creates the table of tables that are about to be exchanged with their shadows.
-- ClickHouse only: it commits table by table.
CREATE TABLE IF NOT EXISTS tideline.journal (
    number Int64 NOT NULL,
    database String NOT NULL,
    table String NOT NULL,
    scratch_database String NOT NULL,
    shadow String NOT NULL,
    id_after UUID NOT NULL
)
ENGINE = MergeTree
ORDER BY number
