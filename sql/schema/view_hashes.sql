-- The SQL that each view of tideline was made with.
SELECT view_name, sql_hash
FROM tideline.views
