-- Part of a comparison: the hash of a row of cells.
-- DuckDB only: every engine has a hash of its own, and both sides are in one engine.
CAST(HASH({column}) AS HUGEINT)
