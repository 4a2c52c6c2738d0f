-- Mark the rows of `tracks` whose event table is to be dropped: its values move to their `_rescued`.
INSERT INTO {marked} (table_name, type, id, archive_hour)
SELECT :name, 'track', t.id, t._archive_hour
FROM {tracks} AS t
WHERE t.event = :event OR t.event = :clashing
