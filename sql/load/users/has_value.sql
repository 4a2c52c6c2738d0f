-- Part of users/fit: whether a column has a value.
{column} IS NOT NULL
