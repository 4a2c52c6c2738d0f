-- Part of users/latest: the latest value of a column that is not NULL.
-- Override: `ARG_MAX` sorts nothing, an ordered `ARRAY_AGG` sorts every column.
ARG_MAX({column}, "#rank") AS {column}
