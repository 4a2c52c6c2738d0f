"""Bytes of a file: decompressed, framed, and cut into chunks of lines."""
