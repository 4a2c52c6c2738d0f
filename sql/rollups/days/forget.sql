-- Forgets that a rollup was ever computed: its table is made anew.
DELETE FROM tideline.rollup_days
WHERE rollup = :rollup
