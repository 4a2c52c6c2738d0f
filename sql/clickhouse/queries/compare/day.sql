-- Part of a comparison: the UTC day of an instant, in days since 1970; -1000000 if it has none.
-- ClickHouse only: the function of an instant's microseconds differs.
COALESCE(CAST(FLOOR(toUnixTimestamp64Micro(CAST({column} AS TIMESTAMP WITH TIME ZONE)) / 86400000000) AS BIGINT), -1000000)
