-- Returns whether an archive hour has changed rows before, even if the ledger has no load of it.
SELECT COUNT(*) AS changes
FROM tideline.arrivals
WHERE source = :source AND archive_hour = :archive_hour
