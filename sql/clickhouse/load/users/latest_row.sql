-- A column of the latest identify of a user, NULL if that has no value.
-- Override: an aggregate has no order of its own.
argMax(tuple({column}), ("timestamp", received_at, id)).1 AS {column}
