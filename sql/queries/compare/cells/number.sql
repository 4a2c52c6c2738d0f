-- Part of a comparison: a number of any type as a text, the same for 1 and 1.0.
CASE
    WHEN {column} = TRUNC({column}) AND ABS({column}) < 9e18 THEN CAST(CAST({column} AS BIGINT) AS TEXT)
    ELSE CAST({column} AS TEXT)
END
