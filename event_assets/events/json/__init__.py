"""JSON of one line: split fast, or read exactly."""
