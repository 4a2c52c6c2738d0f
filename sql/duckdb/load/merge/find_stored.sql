-- Finds the rows of other hours that stand under staged ids, in the hours that may have brought those ids: `id` is the
-- column that takes longest to read. A row whose received_at is its archive hour may have had no believable one (contract §4):
-- it counts as least until the lake is asked.
-- Override: DuckDB has no index of ids, so the search is limited to archive hours with a hash of a staged id.
INSERT INTO load_stored (type, id, archive_hour, event_time, received, fingerprint)
SELECT
    :type, home.id, home._archive_hour, home."timestamp",
    CASE WHEN home.received_at <> home._archive_hour THEN home.received_at END,
    home._fingerprint
FROM {home} AS home
WHERE
    home._archive_hour <> :archive_hour
    AND home._archive_hour IN (SELECT p.archive_hour FROM load_places AS p WHERE p.type = :type)
    AND home.id IN (SELECT staged.id FROM {staged} AS staged)
