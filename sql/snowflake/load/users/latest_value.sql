-- Part of users/latest: the latest value of a column that is not NULL. A rank is above 0, so NULL never wins by it.
-- Override: an aggregate has no order of several columns.
MAX_BY({column}, IFF({column} IS NOT NULL, "#rank", -"#rank")) AS {column}
