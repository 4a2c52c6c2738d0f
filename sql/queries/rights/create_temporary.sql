-- Creates a temporary table, as every load does.
CREATE TEMPORARY TABLE rights_ids (id TEXT)
