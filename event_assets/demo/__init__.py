"""A fictional shop: archives of its events, clean or dirty."""
