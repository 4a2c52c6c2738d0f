-- Users whose row is made anew.
CREATE TEMPORARY TABLE load_user_ids (user_id TEXT)
