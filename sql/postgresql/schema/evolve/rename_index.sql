-- Rename an index, so that a new table can have its name. Blocks no reader of the index's table.
-- PostgreSQL only: it keeps tables and indexes in one namespace.
ALTER INDEX {index} RENAME TO {name}
