-- What the loads that count have given to the catalog, of every archive hour of a source.
SELECT CAST(column_counts AS TEXT) AS column_counts
FROM (
    SELECT column_counts, ROW_NUMBER() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) AS place
    FROM tideline.loads
    WHERE source = :source
) AS loads
WHERE place = 1
