-- Part of a comparison: the hash of a row of cells; of a tuple, for that of values is NULL where one of them is.
-- ClickHouse only: every engine has a hash of its own, and both sides are in one engine.
toInt128(sipHash64(tuple({column})))
