-- An empty table with the columns of a rollup's SELECT; the rows of a day pass through it.
CREATE TEMPORARY TABLE {rows} AS SELECT * FROM (
{select}
) AS made LIMIT 0
