"""What the copy of a warehouse prints."""
