-- Users of whom this load inserts, replaces, deletes or remakes an identify.
CREATE TEMPORARY TABLE load_touched (user_id TEXT)
