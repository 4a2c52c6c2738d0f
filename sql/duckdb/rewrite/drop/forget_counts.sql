-- Remove the counts of a dropped column, or of a whole table if :column is *, from the loads: a later load of their
-- hours must not subtract them from a column that was added again.
-- DuckDB only: no two databases remove a JSON key alike.
UPDATE tideline.loads
SET column_counts = JSON_MERGE_PATCH(
    column_counts,
    JSON_OBJECT(
        CAST(:table AS TEXT),
        CASE WHEN CAST(:column AS TEXT) = '*' THEN NULL ELSE JSON_OBJECT(CAST(:column AS TEXT), NULL) END
    )
)
WHERE source = :source AND column_counts IS NOT NULL
