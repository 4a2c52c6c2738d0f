"""What `tideline doctor` tries: this machine, every archive, the lake and the warehouse."""
