-- Part of a comparison: the hash of a row of cells.
-- PostgreSQL only: every engine has a hash of its own, and both sides are in one engine.
CAST(HASH_RECORD_EXTENDED(ROW({column}), 0) AS NUMERIC)
