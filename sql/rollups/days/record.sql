-- Record that a day of a rollup is computed, with the hash of its SQL and its newest load.
INSERT INTO tideline.rollup_days (rollup, date, sql_hash, load_id, computed_at)
VALUES (:rollup, :date, :sql_hash, :load_id, :computed_at)
