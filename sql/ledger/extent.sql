-- How many loads there were, and the last instant that any has written down: the next one must be later.
SELECT COUNT(*) AS loads, MAX(finished_at) AS finished_at
FROM tideline.loads
