-- The recorded totals of the days of rollups that were computed at a time or after it.
SELECT t.rollup, t.date, t.why, t.totals_before, t.totals
FROM tideline.rollup_totals AS t
INNER JOIN tideline.rollup_days AS d ON d.rollup = t.rollup AND d.date = t.date
WHERE d.computed_at >= :since
