"""Decoding files: decompression, framing, and chunks of values."""
