"""One result of an examination, and how a failure becomes one.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from event_assets.archive.errors import ArchiveError
from event_assets.config.parse import SettingsError, redacted
from event_assets.lake.errors import LakeError
from loaders.interface.errors import Busy, WarehouseError

State = Literal["ok", "warning", "failed"]

EXPECTED_ERRORS = (ArchiveError, LakeError, WarehouseError, SettingsError, OSError)


@dataclass(frozen=True)
class Diagnosis:
    """What was tried, how it ended, and in a sentence what was found or what to do."""

    subject: str
    """Such as `warehouse`, `archive of web`."""
    tried: str
    state: State
    detail: str


class Examination:
    """The findings of one subject, in the order in which they were tried."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.found: list[Diagnosis] = []

    def add(self, tried: str, detail: str, state: State = "ok") -> None:
        """Add a finding; secrets in its detail are hidden."""
        self.found.append(Diagnosis(self.subject, tried, state, redacted(detail)))

    @contextmanager
    def trying(self, tried: str) -> Iterator[None]:
        """Turn an expected error of the block into a finding: what another process holds now is only a warning."""
        try:
            yield
        except EXPECTED_ERRORS as error:
            self.add(tried, str(error) or type(error).__name__, "warning" if isinstance(error, Busy) else "failed")
