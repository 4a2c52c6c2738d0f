-- A column of another type as text.
-- ClickHouse only: it has functions of its own.
toString({column}) AS {column}
