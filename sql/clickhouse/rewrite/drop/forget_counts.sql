-- Remove the counts of a dropped column, or of a whole table if :column is *, from the loads: a later load of their
-- hours must not subtract them from a column that was added again.
-- ClickHouse only: no two databases remove a JSON key alike.
UPDATE tideline.loads
SET column_counts = concat('{{', arrayStringConcat(
    arrayMap(
        t -> concat(toJSONString(t.1), ':', if(t.1 <> :table, t.2, concat('{{', arrayStringConcat(
            arrayMap(
                c -> concat(toJSONString(c.1), ':', c.2),
                arrayFilter(c -> c.1 <> :column, JSONExtractKeysAndValuesRaw(t.2))
            ), ','
        ), '}}'))),
        arrayFilter(
            t -> t.1 <> :table OR :column <> '*', JSONExtractKeysAndValuesRaw(assumeNotNull(column_counts))
        )
    ), ','
), '}}')
WHERE source = :source AND column_counts IS NOT NULL
