-- Records the hash of the SQL that a view was created with.
INSERT INTO tideline.views (view_name, sql_hash)
VALUES (:view, :sql_hash)
