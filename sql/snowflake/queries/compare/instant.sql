-- Part of a query: an instant as microseconds.
-- Snowflake only: every database has a function of its own.
DATE_PART(EPOCH_MICROSECOND, CAST({column} AS TIMESTAMP WITH TIME ZONE))
