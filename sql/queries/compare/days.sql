-- How many rows a table has per day, and a sum of their hashes that does not depend on their order: two tables with the
-- same sums have the same rows. :whole takes rows without a clock, too.
SELECT {day} AS day, COUNT(*) AS held, {digest} AS digest
FROM {table}
WHERE :whole OR ({clock} >= :start AND {clock} < :end)
GROUP BY 1
