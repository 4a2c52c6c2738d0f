"""Errors of a lake, for the operator.

Covered by tests/lake/reading/test_damaged.py.
"""

from __future__ import annotations

from datetime import date, datetime


class LakeError(Exception):
    """An operation on the lake failed; the message names the operation, the path and the next step."""


class TransientLakeError(LakeError):
    """The lake's storage did not answer; run the same command again."""


class UnusableLake(LakeError):
    """The lake cannot be read or written at all as it is configured: no hour can be loaded until that is changed."""


class IncompleteHour(LakeError):
    """The files that were read are not the files of the manifest: writing the hour would lose some of them."""


class DamagedHour(LakeError):
    """What the lake holds of an hour is not what was written: the hour must be written again from the archive."""

    def __init__(self, message: str, hour: datetime | None = None) -> None:
        """Store the archive hour; None where the file is not of an hour of the lake."""
        super().__init__(message)
        self.hour = hour


class DamagedDay(DamagedHour):
    """The record of a day's packs is damaged: it is not known which rows of them are whose."""

    def __init__(self, message: str, day: date | None = None) -> None:
        """Store the day."""
        super().__init__(message)
        self.day = day
