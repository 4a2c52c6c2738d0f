-- An instant as microseconds since 1970, exactly.
-- PostgreSQL only: DuckDB returns Arrow, which holds instants.
CAST(EXTRACT(EPOCH FROM {column}) * 1000000 AS BIGINT)
