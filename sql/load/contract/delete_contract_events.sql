-- Deletes what contracts found in the hours' previous loads from `tideline.contract_events`.
DELETE FROM tideline.contract_events
WHERE source = :source AND archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
