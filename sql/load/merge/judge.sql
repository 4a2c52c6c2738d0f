-- Adds the winner of each contested (type, id) to `load_winners`: greatest received_at as sent, then greatest
-- fingerprint, then earliest hour (contract §7). Rows of the hours' previous loads do not compete: this load
-- supplies them again, or they are no longer in their hour.
INSERT INTO load_winners (type, id, archive_hour, fingerprint)
SELECT type, id, archive_hour, fingerprint
FROM (
    SELECT
        type, id, archive_hour, fingerprint,
        ROW_NUMBER() OVER (
            PARTITION BY type, id ORDER BY received DESC NULLS LAST, fingerprint DESC, archive_hour ASC
        ) AS rank_of_copy
    FROM (
        SELECT type, id, archive_hour, received, fingerprint
        FROM load_contenders
        UNION ALL
        SELECT type, id, archive_hour, received, fingerprint
        FROM load_stored
        WHERE archive_hour NOT IN (SELECT n.archive_hour FROM {hours} AS n)
    ) AS rivals
) AS ranked
WHERE rank_of_copy = 1
