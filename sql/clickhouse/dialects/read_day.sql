-- Reads the rows of a day.
-- ClickHouse only: its placeholders are typed.
SELECT {columns}
FROM {table}
WHERE event_date = {{date:Date32}}
