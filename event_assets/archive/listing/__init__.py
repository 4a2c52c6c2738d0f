"""Listing an archive: which archive hour each key belongs to."""
