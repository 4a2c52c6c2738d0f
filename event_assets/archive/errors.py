"""Errors about an archive: the message names the problem, the location and the next step.

Covered by tests/archive/listing/test_layouts.py.
"""


class ArchiveError(Exception):
    """The archive cannot be used as it is configured; change something, then run again."""


class TransientArchiveError(ArchiveError):
    """The storage did not answer, or a file changed while it was read; run the same again."""
