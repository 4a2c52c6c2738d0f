-- Makes an event table, or users, when its first rows come.
CREATE TABLE {table} ({definitions})
