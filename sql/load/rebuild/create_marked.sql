-- Creates the table of rows that a change of a column's type rebuilds from the lake.
CREATE TEMPORARY TABLE load_marked (table_name TEXT, type TEXT, id TEXT, archive_hour TIMESTAMP WITH TIME ZONE)
