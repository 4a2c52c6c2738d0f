"""A made-up online shop: archives of its events, dirty for the demonstration, clean for benchmarks."""
