-- Record why a day of a rollup was computed, and what it added up to before and adds up to now.
INSERT INTO tideline.rollup_totals (rollup, date, why, totals_before, totals)
VALUES (:rollup, :date, :why, :totals_before, :totals)
