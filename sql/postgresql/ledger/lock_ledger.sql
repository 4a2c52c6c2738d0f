-- Lets one transaction at a time make tideline's own tables.
SELECT PG_ADVISORY_XACT_LOCK(:key)
