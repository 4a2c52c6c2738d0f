"""Errors of a lake, for the operator.

Covered by tests/lake/reading/test_read.py.
"""


class LakeError(Exception):
    """An operation on the lake failed; the message names the operation, the path and the next step."""


class TransientLakeError(LakeError):
    """The lake's storage did not answer; run the same command again."""


class UnusableLake(LakeError):
    """The lake cannot be read or written at all as it is configured: no hour can be loaded until that is changed."""


class IncompleteHour(LakeError):
    """The files that were read are not the files of the manifest: writing the hour would lose some of them."""
