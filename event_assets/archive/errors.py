"""What an operator must know about an archive: errors that say what is wrong, where, and what to do next."""


class ArchiveError(Exception):
    """The archive cannot be used as it is configured; change something, then run again."""


class TransientArchiveError(ArchiveError):
    """The storage did not answer, or a file changed while it was read; run the same again."""
