-- Count the rows of a rollup for a day, and those of them whose date is that day.
SELECT COUNT(*) AS given, COUNT(CASE WHEN date >= :start AND date < :end THEN 1 END) AS inside
FROM {rows}
