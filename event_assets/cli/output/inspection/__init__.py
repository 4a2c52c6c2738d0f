"""What `tideline init` prints."""
