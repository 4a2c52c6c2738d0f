-- Returns the latest instant that a load or a retention pass has recorded: the next one is later.
SELECT MAX(finished_at) AS finished_at
FROM (SELECT finished_at FROM tideline.loads UNION ALL SELECT finished_at FROM tideline.dropped) AS written
