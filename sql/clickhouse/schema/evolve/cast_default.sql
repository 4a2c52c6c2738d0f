-- Casts the default of a column to another type; NULL if it has no value of it.
-- Override: ClickHouse has words of its own.
SELECT accurateCastOrNull(toString({default}), toTypeName(CAST(NULL AS {type}))) AS new_default
