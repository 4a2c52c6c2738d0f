-- Whether a rollup has a computed day: without one, a table of its name was made by somebody else.
SELECT COUNT(*) AS days
FROM tideline.rollup_days
WHERE rollup = :rollup
