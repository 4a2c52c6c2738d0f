-- Creates the record of what the days of rollups add up to: why a day was computed last, the totals that it had before
-- (NULL where there are none to compare) and has now, each a JSON object of `rows` and the sum of every column of numbers.
CREATE TABLE IF NOT EXISTS tideline.rollup_totals (
    rollup TEXT NOT NULL,
    date DATE NOT NULL,
    why TEXT NOT NULL,
    totals_before TEXT,
    totals TEXT NOT NULL
)
