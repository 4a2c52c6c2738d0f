-- What the loads that count have given to the catalog, of all archive hours of a source but one.
SELECT CAST(column_counts AS TEXT) AS column_counts
FROM (
    SELECT
        column_counts, archive_hour,
        ROW_NUMBER() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) AS place
    FROM tideline.loads
    WHERE source = :source
) AS loads
WHERE place = 1 AND archive_hour <> :archive_hour
