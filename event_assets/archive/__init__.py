"""Reading an archive: the files of an archive hour, and the values that they contain (contract §2)."""
