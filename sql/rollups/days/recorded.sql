-- Every day of every rollup that was computed: by which SQL, and the newest load of the day that it has taken in.
SELECT rollup, date, sql_hash, load_id
FROM tideline.rollup_days
