-- Notes what SQL a view was made with.
INSERT INTO tideline.views (view_name, sql_hash)
VALUES (:view, :sql_hash)
