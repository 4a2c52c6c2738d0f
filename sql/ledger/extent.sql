-- Returns how many loads there are, and the latest instant that a load or a retention pass has recorded: the next one
-- is later.
SELECT
    (SELECT COUNT(*) FROM tideline.loads) AS loads,
    (
        SELECT MAX(finished_at)
        FROM (SELECT finished_at FROM tideline.loads UNION ALL SELECT finished_at FROM tideline.dropped) AS written
    ) AS finished_at
