-- Adds the rows whose `event` is brought up to date to `load_removed`.
INSERT INTO load_removed (table_name, id, event_hour, load_hour)
SELECT :name, t.id, DATE_TRUNC('hour', t."timestamp"), CAST(NULL AS TIMESTAMP WITH TIME ZONE)
FROM {table} AS t
INNER JOIN {outdated} AS o ON o.former = t.event AND o.event_text = t.event_text
