"""What an archive hour counts to, by the contract alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class HourCounts:
    """Counts that `loads` must have of an archive hour, and quarantined ones by reason (bad files as `bad_file`)."""

    files: int = 0
    bad_files: int = 0
    lines: int = 0
    events: int = 0
    late: int = 0
    clocks_corrected: int = 0
    sanitized: int = 0
    erased: int = 0
    """Events and lines of erased persons."""
    reasons: Counter[str] = field(default_factory=Counter)
    ids: set[tuple[str, str]] = field(default_factory=set)
    left_out: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """Ids whose best copy of the hour the warehouse does not take, with its event's name."""

    libraries: Counter[str] = field(default_factory=Counter)
    """Further copies of an id, by the library of the copy that loses."""

    refused: set[tuple[str, str]] = field(default_factory=set)
    """Ids whose best copy of the hour violates its contract."""

    @property
    def quarantined(self) -> int:
        """Quarantined lines; bad files are counted apart."""
        return sum(count for reason, count in self.reasons.items() if reason != "bad_file")

    @property
    def distinct(self) -> int:
        """Distinct (type, id) of the hour."""
        return len(self.ids)

    @property
    def duplicates(self) -> int:
        """Further copies of an id within the hour."""
        return self.events - self.distinct
