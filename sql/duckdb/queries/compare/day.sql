-- Part of a comparison: the UTC day of an instant, in days since 1970; -1000000 if it has none.
-- DuckDB only: the function of an instant's microseconds differs.
CAST(COALESCE(FLOOR(EPOCH_US({column}) / 86400000000), -1000000) AS BIGINT)
