-- Part of users/fit: the number of a column that has a value.
-- Override: an array of numbers leaves out NULL.
IFF({column} IS NOT NULL, {number}, NULL)
