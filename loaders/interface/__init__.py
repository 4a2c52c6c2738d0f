"""What callers pass to a load and get back: an hour, limits, results, errors."""
