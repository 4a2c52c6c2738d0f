"""Rules of a selection that look at texts and values: globs, the value at a path, and the user agents of bots."""
