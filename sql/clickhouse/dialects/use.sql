-- Sets the database of names without one.
-- ClickHouse only: it has no search path.
USE {database}
