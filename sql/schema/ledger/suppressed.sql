-- Creates the copy of the lake's lists of erased persons: `content` is a list as the lake has it, with keyed hashes of
-- ids and no id. A lake that was lost gets its lists from here.
CREATE TABLE IF NOT EXISTS tideline.suppressed (
    source TEXT NOT NULL,
    erasure_id TEXT NOT NULL,
    content TEXT NOT NULL
)
