-- Part of users/latest: a column of the latest identify, NULL or not. Ids are ordered by their bytes, as everywhere.
-- Override: `COLLATE "C"` orders ids by their bytes, whatever the collation of the database.
(ARRAY_AGG({column} ORDER BY "timestamp" DESC, received_at DESC, id COLLATE "C" DESC))[1] AS {column}
