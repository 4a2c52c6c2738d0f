-- Creates the list of the views of Tideline with a hash of their SQL: a view is replaced only if its SQL has changed.
CREATE TABLE IF NOT EXISTS tideline.views (
    view_name TEXT NOT NULL,
    sql_hash TEXT NOT NULL
)
