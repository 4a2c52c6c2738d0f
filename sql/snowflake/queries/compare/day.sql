-- Part of a query: the UTC day of an instant as a number of days, one that no instant has for NULL.
-- Snowflake only: every database has a function of its own.
COALESCE(CAST(FLOOR(DATE_PART(EPOCH_SECOND, CAST({column} AS TIMESTAMP WITH TIME ZONE)) / 86400) AS BIGINT), -1000000)
