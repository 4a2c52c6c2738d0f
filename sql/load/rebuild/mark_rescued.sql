-- Marks rows that may have rescued a value of a column that a wider type can hold. :words are the words of the
-- column's name in order; a key may be written with escapes. Marking too many rows is harmless: each is rebuilt as it
-- was.
INSERT INTO load_marked (table_name, type, id, archive_hour)
SELECT :name, :type, t.id, t._archive_hour
FROM {table} AS t
WHERE
    REGEXP_REPLACE(LOWER(t._rescued), '[^a-z0-9]', '', 'g') LIKE :words
    OR POSITION('\u00' IN t._rescued) > 0
