-- The archive hours that brought rows whose integer no float holds exactly.
SELECT DISTINCT t._archive_hour AS archive_hour
FROM {table} AS t
WHERE t.{column} NOT BETWEEN -9007199254740992 AND 9007199254740992
ORDER BY archive_hour
