-- Brings `event` up to date in the rows of one table that version 0.1 wrote: the name without a reserved word's `_`.
UPDATE {table} AS t
SET event = o.event, uuid_ts = :uuid_ts
FROM {outdated} AS o
WHERE t.event = o.former AND t.event_text = o.event_text
