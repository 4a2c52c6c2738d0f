-- Returns the archive hours of rows with an integer that no float represents exactly.
SELECT DISTINCT t._archive_hour AS archive_hour
FROM {table} AS t
WHERE t.{column} NOT BETWEEN -9007199254740992 AND 9007199254740992
ORDER BY archive_hour
