"""Storage of archive files: file systems, reading ahead, and advice for errors."""
