-- Marks the rows of `tracks` whose event's own table is to be dropped: their `_rescued` takes its values.
INSERT INTO load_marked (table_name, type, id, archive_hour)
SELECT :name, 'track', t.id, t._archive_hour
FROM {tracks} AS t
WHERE t.event = :event OR t.event = :clashing
