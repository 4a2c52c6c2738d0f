-- Creates the stage of a session, which goes with its files.
-- Snowflake only: files of staged rows are put there.
CREATE TEMPORARY STAGE {stage}
