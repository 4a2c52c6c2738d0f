-- The SQL that each view of tideline was made with, as a hash: a view is made anew only when it has changed.
CREATE TABLE IF NOT EXISTS tideline.views (
    view_name TEXT NOT NULL,
    sql_hash TEXT NOT NULL
)
