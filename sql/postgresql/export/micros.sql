-- An instant as microseconds since 1970, exactly.
CAST(EXTRACT(EPOCH FROM {column}) * 1000000 AS BIGINT)
