-- Event hours that the newest loads of a source changed late, the oldest first. An event counts once, in its home
-- table.
SELECT
    event_hour, CAST(SUM(inserted) AS BIGINT) AS inserted, CAST(SUM(updated) AS BIGINT) AS updated,
    CAST(SUM(deleted) AS BIGINT) AS deleted, MAX(archive_hour) AS archive_hour
FROM tideline.arrivals
WHERE
    source = :source AND schema_name = :schema AND archive_hour > event_hour
    AND table_name IN ('tracks', 'identifies', 'pages', 'screens', 'groups', 'aliases')
    AND load_id IN (SELECT load_id FROM tideline.loads WHERE source = :source ORDER BY load_id DESC LIMIT :loads)
GROUP BY event_hour
ORDER BY event_hour
