"""The error of a file that is not believed (contract §2). Covered by tests/archive/decoding/test_decompress.py."""


class BadFile(Exception):
    """The content of a file is damaged, incomplete or not read here; the message is the reason."""
