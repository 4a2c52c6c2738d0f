"""Tables per day that SQL derives from the event tables."""
