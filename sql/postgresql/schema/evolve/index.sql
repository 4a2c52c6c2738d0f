-- Makes an index of a new table; the server names it.
CREATE INDEX ON {table} USING {method} ({column})
