-- Part of a comparison: a date or a timestamp of any type as microseconds since 1970; NULL if it is infinite.
-- DuckDB only: the function of an instant's microseconds differs.
EPOCH_US({column})
