-- How many loads there were, and the last instant that a load or a retention pass has written down: the next is later.
SELECT
    (SELECT COUNT(*) FROM tideline.loads) AS loads,
    (
        SELECT MAX(finished_at)
        FROM (SELECT finished_at FROM tideline.loads UNION ALL SELECT finished_at FROM tideline.dropped) AS written
    ) AS finished_at
