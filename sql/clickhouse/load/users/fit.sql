-- Creates the table of recomputed users without the values past the limit of a row: the columns first seen win
-- (contract §5). `full_at` is the number of the first column whose value does not fit, or NULL if all fit.
-- Override: ClickHouse has functions of lists of its own; there is no element past the end of one.
CREATE TEMPORARY TABLE load_fitting_users AS
SELECT {fitting}
FROM (
    SELECT
        {columns},
        nullIf(arrayFilter((n, has) -> has, range(1, {past_last}), [{has_values}])[{values} + 1], 0) AS full_at
    FROM load_users
) AS measured
