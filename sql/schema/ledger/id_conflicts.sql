-- Creates the samples of ids that are reused between archive hours: a few events per loaded hour that have the id of an
-- event of another hour and differ from it in more than clocks and transport. `conflicts` is how many the hour has in
-- all, the same in every row of it; `differs` names the columns that differ.
CREATE TABLE IF NOT EXISTS tideline.id_conflicts (
    source TEXT NOT NULL,
    archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    conflicts BIGINT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    other_archive_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    differs TEXT NOT NULL
)
