-- Returns the hash of the SQL that each view of Tideline was created with.
SELECT view_name, sql_hash
FROM tideline.views
