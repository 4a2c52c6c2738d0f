"""What `tideline compare` prints."""
