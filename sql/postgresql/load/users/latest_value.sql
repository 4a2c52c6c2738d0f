-- Part of users/latest: the latest value of a column that is not NULL. Ids are ordered by their bytes, as everywhere.
-- Override: `COLLATE "C"` orders ids by their bytes, whatever the collation of the database.
(
    ARRAY_AGG({column} ORDER BY "timestamp" DESC, received_at DESC, id COLLATE "C" DESC)
    FILTER (WHERE {column} IS NOT NULL)
)[1] AS {column}
