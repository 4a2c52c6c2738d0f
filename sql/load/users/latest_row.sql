-- Part of users/latest: a column of the latest identify, NULL or not.
(ARRAY_AGG({column} ORDER BY "timestamp" DESC, received_at DESC, id DESC))[1] AS {column}
