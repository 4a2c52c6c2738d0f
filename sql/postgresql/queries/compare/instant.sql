-- Part of a comparison: a date or a timestamp of any type as microseconds since 1970; NULL if it is infinite.
-- PostgreSQL only: the function of an instant's microseconds differs.
CASE WHEN ISFINITE({column}) THEN CAST(EXTRACT(EPOCH FROM {column}) * 1000000 AS BIGINT) END
