-- Count the rows of a rollup for a day, and sum its columns of numbers.
SELECT COUNT(*) AS held{sums}
FROM {table}
WHERE date >= :start AND date < :end
