-- Touched user ids that the settings call no users.
CREATE TEMPORARY TABLE load_no_users (user_id TEXT)
