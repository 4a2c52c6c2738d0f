-- The latest value of a column over all identifies of a user.
-- Override: an aggregate has no order of its own.
argMaxIf({column}, ("timestamp", received_at, id), {column} IS NOT NULL) AS {column}
