-- Creates the table of touched user ids that the settings list under `not_users`.
CREATE TEMPORARY TABLE load_no_users (user_id TEXT)
