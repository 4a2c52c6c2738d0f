-- Every computed day of every rollup, with the hash of its SQL and the newest load that it includes.
SELECT rollup, date, sql_hash, load_id
FROM tideline.rollup_days
