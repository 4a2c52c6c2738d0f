-- Part of a comparison: the UTC day of an instant, in days since 1970; -1000000 if it has none.
-- PostgreSQL only: the function of an instant's microseconds differs.
CAST(CASE WHEN ISFINITE({column}) THEN FLOOR(EXTRACT(EPOCH FROM {column}) / 86400) ELSE -1000000 END AS BIGINT)
