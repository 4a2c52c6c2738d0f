-- Returns which of these events have rows in the home table of tracks.
SELECT DISTINCT event
FROM {tracks}
WHERE event IN :events
