-- Days of rollups: the SQL each was made with and the last load it has taken in. Made last: it tells that all are there.
CREATE TABLE IF NOT EXISTS tideline.rollup_days (
    rollup TEXT NOT NULL,
    date DATE NOT NULL,
    sql_hash TEXT,
    load_id TEXT,
    computed_at TIMESTAMP WITH TIME ZONE
)
