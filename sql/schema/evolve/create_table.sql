-- Creates an event table, or `users`, for its first rows.
CREATE TABLE {table} ({definitions}){storage}
