-- Notes the tables of a transaction that are about to be exchanged, in one insert.
-- ClickHouse only: it commits table by table.
INSERT INTO tideline.journal (number, database, table, scratch_database, shadow, id_after)
SELECT step.1, step.2, step.3, step.4, step.5, step.6
FROM (
    SELECT
        arrayJoin(
            arrayZip(
                {{numbers:Array(Int64)}}, {{databases:Array(String)}}, {{tables:Array(String)}},
                {{scratch_databases:Array(String)}}, {{shadows:Array(String)}},
                {{ids_after:Array(UUID)}}
            )
        ) AS step
)
