"""JSON of one line: a fast splitter, and members and elements of JSON texts."""
