-- Forgets what SQL a view was made with, before it is made anew.
DELETE FROM tideline.views
WHERE view_name = :view
