"""The libraries that have sent duplicates: the source library of the copies that lost (contract §7).

Covered by tests/lake/writing/test_write_hour.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from event_assets.lake.writing.dedup import Lost
from event_assets.lake.writing.sorted_runs import SortedRuns
from loaders.transform.contracts.findings import library_of

UNKNOWN: Final = "unknown"
ROWS_AT_ONCE: Final = 20_000


def count_libraries(rows: SortedRuns, lost: Lost) -> Iterator[tuple[str, str, int]]:
    """Yield (file, library, number) of the losing rows: only these contexts are parsed."""
    for run, lost_of_run in zip(rows.runs, lost, strict=True):
        losers = lost_of_run.arg_true()
        for start in range(0, len(losers), ROWS_AT_ONCE):
            found = run.rows.take(losers.slice(start, ROWS_AT_ONCE), ["_file", "context"])
            rows.release()
            counts = Counter(zip(found["_file"], map(name_library, found["context"]), strict=True))
            for (file, library), number in counts.items():
                yield file, library, number


def name_library(context: str | None) -> str:
    """Return the library's name and version, as far as they were sent as texts or numbers; else `unknown`."""
    return " ".join(word for word in library_of(context) if word) or UNKNOWN
