-- Part of users/latest: the latest value of a column that is not NULL.
(ARRAY_AGG({column} ORDER BY "timestamp" DESC, received_at DESC, id DESC) FILTER (WHERE {column} IS NOT NULL))[1] AS {column}
