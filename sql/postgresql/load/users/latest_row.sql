-- Part of users/compute: a column of the latest identify, NULL or not. Ids are ordered by their bytes, as everywhere.
(ARRAY_AGG({column} ORDER BY "timestamp" DESC, received_at DESC, id COLLATE "C" DESC))[1] AS {column}
