-- Returns how many loads there are: hours that share a load have one end.
SELECT COUNT(DISTINCT finished_at) AS loads FROM tideline.loads
