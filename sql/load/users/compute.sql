-- Creates the table of recomputed users.
CREATE TEMPORARY TABLE load_users AS
{latest}
