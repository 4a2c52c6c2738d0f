-- The entering rows of ids that had a row before: it leaves, perhaps another hour or table.
CREATE TEMPORARY TABLE load_returning (type TEXT, id TEXT, event TEXT, event_hour TIMESTAMP WITH TIME ZONE)
