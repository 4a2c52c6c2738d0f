-- Create an empty table with the columns of a rollup's SELECT, for the rows of a day.
CREATE TEMPORARY TABLE {rows} AS SELECT * FROM (
{select}
) AS made LIMIT 0
