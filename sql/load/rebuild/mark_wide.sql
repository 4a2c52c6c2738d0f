-- Marks rows with an integer that no float represents exactly.
INSERT INTO load_marked (table_name, type, id, archive_hour)
SELECT :name, :type, t.id, t._archive_hour
FROM {table} AS t
WHERE t.{column} NOT BETWEEN -9007199254740992 AND 9007199254740992
