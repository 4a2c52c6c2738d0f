"""Errors about an archive: the message names the problem, the location and the next step.

Covered by tests/archive/listing/test_layouts.py.
"""


class ArchiveError(Exception):
    """The archive cannot be used as it is configured; change something, then run again."""


class UnreadableFile(ArchiveError):
    """One file cannot be read as things are, and others may be: it becomes a bad file (contract §2).

    `denied`: for a lack of permission, which is a bad file only where other files of its hour can be read.
    """

    def __init__(self, message: str, *, denied: bool = False) -> None:
        super().__init__(message)
        self.denied = denied


class TransientArchiveError(ArchiveError):
    """The storage did not answer, or a file changed while it was read; run the same again."""
