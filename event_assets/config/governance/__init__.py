"""Settings that govern which events and values the warehouse gets."""
