"""Objects of a file system: opened, read ahead, and their errors explained."""
