-- Remove the counts of a dropped column, or of a whole table if :column is *, from the loads: a later load of their
-- hours must not subtract them from a column that was added again.
-- PostgreSQL only: no two databases remove a JSON key alike.
UPDATE tideline.loads
SET column_counts = CAST(
    CASE
        WHEN CAST(:column AS TEXT) = '*' THEN CAST(column_counts AS JSONB) - CAST(:table AS TEXT)
        ELSE CAST(column_counts AS JSONB) #- ARRAY[CAST(:table AS TEXT), CAST(:column AS TEXT)]
    END AS JSON
)
WHERE source = :source AND CAST(column_counts AS JSONB) -> CAST(:table AS TEXT) IS NOT NULL
