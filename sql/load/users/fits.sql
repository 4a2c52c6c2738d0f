-- Part of users/fit: the value of a column if the row has room for it, else NULL.
CASE WHEN full_at IS NULL OR {number} < full_at THEN {column} END AS {column}
