-- Deletes the hash of a view's SQL, before the new one is recorded.
DELETE FROM tideline.views
WHERE view_name = :view
