-- The hash of an id.
-- ClickHouse only: it has functions of its own.
toInt64(bitShiftRight(sipHash64({column}), 1))
