-- Removes what days of rollups added up to before: the difference to now may be a person who is being erased.
UPDATE tideline.rollup_totals
SET totals_before = NULL
WHERE totals_before IS NOT NULL
