-- Part of a query: the ids of a list, bound as one JSON text.
-- ClickHouse only: every database reads the elements of a JSON array in its own way.
SELECT arrayJoin(JSONExtract(:ids, 'Array(String)')) AS listed_id
