"""One hour of the lake: deduplicated, sorted, written and swapped in."""
