-- Takes what loads have counted of a dropped column, or of a whole table where :column is *, out of them: a later load of
-- their hours takes nothing back from a column that has come again meanwhile.
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
