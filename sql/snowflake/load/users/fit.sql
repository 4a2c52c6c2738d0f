-- Creates the table of recomputed users without the values past the limit of a row: the columns first seen win
-- (contract §5). `full_at` is the number of the first column whose value does not fit, or NULL if all fit.
-- Override: Snowflake has functions of arrays of its own.
CREATE TEMPORARY TABLE load_fitting_users AS
SELECT {fitting}
FROM (
    SELECT {columns}, CAST(GET(ARRAY_CONSTRUCT_COMPACT({has_values}), {values}) AS BIGINT) AS full_at
    FROM load_users
) AS measured
