-- Leaves out of users what is past the values a row may have: the columns first seen win (contract §5). `full_at` is the
-- number of the first column whose value has no place; NULL in a row that fits. With
-- OFFSET, which leaves out nothing, PostgreSQL computes it once a row and not once a column.
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
