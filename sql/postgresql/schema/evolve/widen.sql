-- Widens int to float. An integer that no float represents is NULL until its row is rebuilt in the same load.
-- Override: PostgreSQL rounds an integer that no float holds exactly.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type}
USING CASE WHEN {column} BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST({column} AS {type}) END
