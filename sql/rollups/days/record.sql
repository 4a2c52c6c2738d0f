-- Records that a day of a rollup is computed: by which SQL, and up to which load.
INSERT INTO tideline.rollup_days (rollup, date, sql_hash, load_id, computed_at)
VALUES (:rollup, :date, :sql_hash, :load_id, :computed_at)
