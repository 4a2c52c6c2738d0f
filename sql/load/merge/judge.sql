-- Decides each contested (type, id): greatest received_at as sent, then greatest fingerprint, then the earliest hour
-- (contract §7). The hour's own former row takes no part: this load brings it again or it is gone.
INSERT INTO load_winners (type, id, archive_hour, fingerprint)
SELECT type, id, archive_hour, fingerprint
FROM (
    SELECT
        type, id, archive_hour, fingerprint,
        ROW_NUMBER() OVER (
            PARTITION BY type, id ORDER BY received DESC NULLS LAST, fingerprint DESC, archive_hour ASC
        ) AS place
    FROM (
        SELECT type, id, archive_hour, received, fingerprint
        FROM load_contenders
        UNION ALL
        SELECT type, id, archive_hour, received, fingerprint
        FROM load_stored
        WHERE archive_hour <> :archive_hour
    ) AS rivals
) AS ranked
WHERE place = 1
