-- Returns the keys of the marked rows, by which the lake is searched.
SELECT DISTINCT table_name, type, id, archive_hour
FROM {marked}
ORDER BY archive_hour
