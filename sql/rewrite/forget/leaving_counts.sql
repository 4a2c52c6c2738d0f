-- Returns how many events of each archive hour leave, and how many of them came late.
SELECT archive_hour, COUNT(*) AS events, COUNT(CASE WHEN event_time < archive_hour THEN 1 END) AS late
FROM {leaving}
GROUP BY archive_hour
