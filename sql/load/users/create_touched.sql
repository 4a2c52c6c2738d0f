-- Creates the table of users of whom this load inserts, replaces, deletes or rebuilds an identify.
CREATE TEMPORARY TABLE load_touched (user_id TEXT)
