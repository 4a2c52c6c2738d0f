-- Counts the rows that are made anew: they stand where they stood, unless a former mapping had them elsewhere.
INSERT INTO load_in (table_name, event_hour, came, same)
SELECT
    :name, DATE_TRUNC('hour', s."timestamp"), COUNT(*),
    COUNT(*) FILTER (WHERE r.event_hour = DATE_TRUNC('hour', s."timestamp"))
FROM {staged} AS s
INNER JOIN load_standing AS r ON r.id = s.id AND r.archive_hour = s._archive_hour
GROUP BY DATE_TRUNC('hour', s."timestamp")
