-- Part of a query: a hash of the columns of a row, as a number; it is compared within one statement.
-- Snowflake only: every database has a function of its own.
CAST(HASH({column}) AS BIGINT)
