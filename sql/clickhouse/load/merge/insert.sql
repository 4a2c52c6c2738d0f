-- Inserts the staged rows of one table, except those that lost.
-- Override: a correlated subquery becomes a join that holds the staged rows in memory.
INSERT INTO {table} ({columns}, uuid_ts)
SELECT {staged_columns}, :uuid_ts
FROM {staged} AS s
WHERE (s.id, s._archive_hour) NOT IN (
    SELECT l.id, l.archive_hour FROM {losing} AS l WHERE l.type = :type
)
