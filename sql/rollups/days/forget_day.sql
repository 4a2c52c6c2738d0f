-- Delete the record of one day of a rollup.
DELETE FROM tideline.rollup_days
WHERE rollup = :rollup AND date = :date
