-- Part of users/compute: the latest value of a column that is not NULL. Ids are ordered by their bytes, as everywhere.
(
    ARRAY_AGG({column} ORDER BY "timestamp" DESC, received_at DESC, id COLLATE "C" DESC)
    FILTER (WHERE {column} IS NOT NULL)
)[1] AS {column}
