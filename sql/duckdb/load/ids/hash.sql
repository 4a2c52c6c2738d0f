-- The hash of an id: 48 bits that every version computes alike, which `hash` does not promise. Sorted, a million of them
-- take four bytes each.
CAST(MD5_NUMBER_UPPER({column}) >> 16 AS BIGINT)
