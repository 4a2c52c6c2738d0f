-- Adds the rebuilt rows of one table to `load_written`. A row replaces itself, unless an earlier configuration gave it
-- another event hour.
INSERT INTO load_written (table_name, event_hour, load_hour, written, replaced)
SELECT
    :name, DATE_TRUNC('hour', s."timestamp"), r.archive_hour, COUNT(*),
    COUNT(CASE WHEN r.event_hour = DATE_TRUNC('hour', s."timestamp") THEN 1 END)
FROM {staged} AS s
INNER JOIN {rebuilt} AS r ON r.id = s.id AND r.archive_hour = s._archive_hour
GROUP BY DATE_TRUNC('hour', s."timestamp"), r.archive_hour
