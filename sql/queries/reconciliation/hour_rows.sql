-- Rows of archive hours in a home table, and the copies that lost against another hour. Their sum is the number of
-- distinct ids of the hour in the lake (contract §7, §9).
SELECT archive_hour, CAST(sum(won) AS BIGINT) AS won, CAST(sum(lost) AS BIGINT) AS lost
FROM (
    SELECT _archive_hour AS archive_hour, count(*) AS won, 0 AS lost
    FROM {table}
    WHERE _archive_hour IN :hours
    GROUP BY _archive_hour
    UNION ALL
    SELECT archive_hour, 0 AS won, count(*) AS lost
    FROM tideline.copies
    WHERE schema_name = :schema AND source = :source AND type = :type AND archive_hour IN :hours
    GROUP BY archive_hour
) AS counted
GROUP BY archive_hour
ORDER BY archive_hour
