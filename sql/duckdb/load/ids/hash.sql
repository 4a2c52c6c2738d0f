-- The hash of an id: 48 bits that every version of DuckDB computes alike, which `hash` does not promise. A million of
-- them, sorted, take four bytes each.
-- DuckDB only: it has no index of ids.
CAST(MD5_NUMBER_UPPER({column}) >> 16 AS BIGINT)
