-- The last instant any load has written down: the next one must be later.
SELECT MAX(finished_at) AS finished_at
FROM tideline.loads
