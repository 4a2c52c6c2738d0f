"""What keys alone contain: where an archive begins, the times in its keys, and in which zone they are."""
