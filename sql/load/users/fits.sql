-- Part of users/fit: a column's value where the row still has a place for it.
CASE WHEN full_at IS NULL OR {number} < full_at THEN {column} END AS {column}
