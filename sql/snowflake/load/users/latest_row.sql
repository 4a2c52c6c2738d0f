-- Part of users/latest: a clock of the latest identify, NULL or not.
-- Override: an aggregate has no order of several columns.
NULLIF(MAX_BY(COALESCE({column}, CAST('0001-01-01' AS TIMESTAMP WITH TIME ZONE)), "#rank"), CAST('0001-01-01' AS TIMESTAMP WITH TIME ZONE)) AS {column}
