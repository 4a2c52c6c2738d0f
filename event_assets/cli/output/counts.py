"""The counts of a load that the command shows, and their sums. Covered by tests/cli/output/test_load.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from loaders.interface.counts import HOUR_COUNTS, ROW_COUNTS

if TYPE_CHECKING:
    from event_assets.pipeline.load import Outcome

_HIDDEN: Final = frozenset({"ignored_files", "bytes", "sanitized"})
SHOWN_COUNTS: Final = tuple(name for name in (*HOUR_COUNTS, "excluded", *ROW_COUNTS) if name not in _HIDDEN)
"""Names of the counts that tables show, in order."""


def sum_outcomes(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Return the counts, summed over the loaded hours."""
    totals: Counter[str] = Counter(dict.fromkeys(SHOWN_COUNTS, 0))
    for outcome in outcomes:
        if outcome.state == "loaded":
            totals.update(outcome.counts)
    return dict(totals)
