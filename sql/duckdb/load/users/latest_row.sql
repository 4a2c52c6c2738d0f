-- Part of users/latest: a column of the latest identify, NULL or not.
-- Override: `ARG_MAX_NULL` sorts nothing, an ordered `ARRAY_AGG` sorts every column.
ARG_MAX_NULL({column}, "#rank") AS {column}
