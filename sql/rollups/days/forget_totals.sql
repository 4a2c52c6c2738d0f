-- Delete the recorded totals of a rollup: its table is rebuilt.
DELETE FROM tideline.rollup_totals
WHERE rollup = :rollup
