-- Forgets that a day of a rollup was computed.
DELETE FROM tideline.rollup_days
WHERE rollup = :rollup AND date = :date
