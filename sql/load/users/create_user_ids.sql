-- Creates the table of users whose row is recomputed.
CREATE TEMPORARY TABLE load_user_ids (user_id TEXT)
