-- Compute one day of a rollup.
INSERT INTO {rows} SELECT * FROM (
{select}
) AS made
