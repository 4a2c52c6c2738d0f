-- The days of rollups that were computed at a time or after it, in the order in which they were.
SELECT rollup, date, computed_at
FROM tideline.rollup_days
WHERE computed_at >= :since
ORDER BY computed_at, rollup, date
