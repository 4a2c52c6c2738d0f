-- Delete all records of a rollup: its table is rebuilt.
DELETE FROM tideline.rollup_days
WHERE rollup = :rollup
