-- Returns the row of a scratch table: its clock is the database's.
SELECT "timestamp" AS written_at
FROM {table}
