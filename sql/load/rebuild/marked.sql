-- The marked rows, to be asked for in the lake.
SELECT DISTINCT table_name, type, id, archive_hour
FROM load_marked
ORDER BY archive_hour
