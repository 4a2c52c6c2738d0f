-- Returns which of these archive hours have changed rows before, even if the ledger has no load of them.
SELECT DISTINCT archive_hour
FROM tideline.arrivals
WHERE source = :source AND archive_hour IN :archive_hours
