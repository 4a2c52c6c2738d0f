-- Part of a comparison: a date or a timestamp of any type as microseconds since 1970.
-- ClickHouse only: the function of an instant's microseconds differs.
toUnixTimestamp64Micro(CAST({column} AS TIMESTAMP WITH TIME ZONE))
