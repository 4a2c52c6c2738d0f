-- Tells whether an archive hour has changed rows before, whatever the ledger says.
SELECT COUNT(*) AS changes
FROM tideline.arrivals
WHERE source = :source AND archive_hour = :archive_hour
