-- Returns no row: the columns of `tideline.loads` are asked for, which an older version may have made.
SELECT *
FROM tideline.loads
LIMIT 0
