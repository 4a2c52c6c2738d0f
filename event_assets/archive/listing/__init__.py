"""Keys of an archive: which archive hour each belongs to."""
