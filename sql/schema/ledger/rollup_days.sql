-- Creates the record of rollup days: the SQL each was computed with, and the last load it includes. Created last: if
-- it exists, all tables do.
CREATE TABLE IF NOT EXISTS tideline.rollup_days (
    rollup TEXT NOT NULL,
    date DATE NOT NULL,
    sql_hash TEXT,
    load_id TEXT,
    computed_at TIMESTAMP WITH TIME ZONE
)
