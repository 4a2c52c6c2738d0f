-- Adds the rows of hours outside this load that have a staged id to `load_stored`, from the archive hours that may contain those
-- ids: `id` is the slowest column to read. If a row's received_at is its archive hour, it may not have been sent
-- (contract §4): `received` is NULL, the lowest rank, until the lake confirms it.
INSERT INTO load_stored (
    type, id, archive_hour, event_time, received, fingerprint, event, user_id, anonymous_id
)
SELECT
    :type, home.id, home._archive_hour, home."timestamp",
    CASE WHEN home.received_at <> home._archive_hour THEN home.received_at END,
    home._fingerprint, home.{event}, home.user_id, home.anonymous_id
FROM {home} AS home
WHERE
    home._archive_hour IN (SELECT p.archive_hour FROM {id_hours} AS p WHERE p.type = :type)
    AND home.id IN (SELECT staged.id FROM {staged} AS staged)
