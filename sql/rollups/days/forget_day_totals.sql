-- Delete the recorded totals of one day of a rollup.
DELETE FROM tideline.rollup_totals
WHERE rollup = :rollup AND date = :date
