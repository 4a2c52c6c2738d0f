-- Finds the rows of other hours that stand under staged ids. A row whose received_at is its archive hour may have had
-- no believable one (contract §4): it counts as least until the lake is asked.
INSERT INTO load_stored (type, id, archive_hour, event_time, received, fingerprint)
SELECT
    :type, home.id, home._archive_hour, home."timestamp",
    CASE WHEN home.received_at <> home._archive_hour THEN home.received_at END,
    home._fingerprint
FROM {home} AS home
WHERE home._archive_hour <> :archive_hour AND home.id IN (SELECT staged.id FROM {staged} AS staged)
