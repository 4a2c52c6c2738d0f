-- Adds the rows whose `event` is brought up to date to `load_written`: every row replaces itself.
INSERT INTO load_written (table_name, event_hour, load_hour, written, replaced)
SELECT :name, DATE_TRUNC('hour', t."timestamp"), CAST(NULL AS TIMESTAMP WITH TIME ZONE), COUNT(*), COUNT(*)
FROM {table} AS t
INNER JOIN {outdated} AS o ON o.former = t.event AND o.event_text = t.event_text
GROUP BY DATE_TRUNC('hour', t."timestamp")
