-- Creates the table of recomputed users without the values past the limit of a row: the columns first seen win
-- (contract §5). `full_at` is the number of the first column whose value does not fit, or NULL if all fit. `OFFSET 0`
-- makes PostgreSQL compute it once per row instead of once per column.
CREATE TEMPORARY TABLE load_fitting_users AS
SELECT {fitting}
FROM (
    SELECT
        {columns},
        (
            SELECT f.number
            FROM UNNEST(ARRAY[{has_values}]) WITH ORDINALITY AS f (has_value, number)
            WHERE f.has_value
            ORDER BY f.number
            OFFSET {values}
            LIMIT 1
        ) AS full_at
    FROM load_users
    OFFSET 0
) AS measured
