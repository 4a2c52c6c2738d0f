"""What `tideline demo` prints: what the archive contains, and how its dirt was handled.

Covered by tests/docs/test_demo.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.table import Table

from event_assets.cli.output.printing import WIDTH, result_console
from event_assets.cli.output.status import tables_table
from event_assets.demo.schedule import LABELS

if TYPE_CHECKING:
    from event_assets.demo.generate import DemoSummary
    from event_assets.health.status import SourceStatus
    from event_assets.lake.hour_note import HourNote
    from event_assets.pipeline.load import Outcome

_NEXT: Final = """
What to do next:
  tideline status --config {config}   what is loaded, pending, quarantined and why
  make dev                            the same in Dagster: assets, partitions, counts, checks
  {reading}
  tideline init URL                   look at your own archive, and write its tideline.toml
"""


@dataclass(frozen=True)
class DemoReport:
    """The result of loading the demo's archive."""

    status: SourceStatus
    outcomes: Sequence[Outcome]
    late_outcomes: Sequence[Outcome]
    notes: Sequence[HourNote]
    copies: int
    """Copies that lost against a row of another archive hour."""

    @property
    def complete(self) -> bool:
        """Whether every hour was loaded."""
        return all(outcome.state != "failed" for outcome in (*self.outcomes, *self.late_outcomes))


def print_step(text: str) -> None:
    """Print the step that begins, on standard output."""
    result_console().print(text)


def print_archive(summary: DemoSummary) -> None:
    """Print the size of the archive and the kinds of dirt in it."""
    sizes = {"lines in sound files": summary.lines, "files": summary.files, "bytes, compressed": summary.bytes}
    kinds = {LABELS.get(name, name): number for name, number in summary.counts.items() if number}
    result_console().print(_count_table("What went in", "", "", sizes | kinds))


def print_report(report: DemoReport) -> None:
    """Print the tables, what was put right, and the reasons in quarantine."""
    reasons: Counter[str] = Counter()
    for note in report.notes:
        reasons.update(note.quarantined_by_reason)
    console = result_console()
    console.print(tables_table(report.status.tables))
    console.print(_count_table("What was put right", "", "", _handled(report)))
    quarantine = dict(reasons.most_common())
    console.print(_count_table("Quarantine by reason, with file and line", "reason", "lines", quarantine))


_NO_COMMAND: Final = "docs/warehouses.md                  how other programs read this warehouse"


def print_next(config: Path, reading: str, *, seconds: float) -> None:
    """Print the commands to try next, the one that reads the warehouse among them, and how long the demo took."""
    console = result_console()
    text = _NEXT.format(config=config, reading=reading or _NO_COMMAND)
    console.print(text, soft_wrap=True, markup=False, highlight=False)
    console.print(f"{seconds:.0f} seconds in all.")


def _handled(report: DemoReport) -> dict[str, int]:
    totals = report.status.totals
    return {
        "duplicates within an hour, merged": totals.get("duplicates", 0),
        "copies hours or days apart, the newest kept": report.copies,
        "late events, merged into the hour they happened in": totals.get("late", 0),
        "late files, which came after their hour was loaded": _late_files(report),
        "hours that ran again for them": len(report.late_outcomes),
        "clocks corrected, which were impossible": totals.get("clocks_corrected", 0),
        "events sanitized of characters no warehouse stores": totals.get("sanitized", 0),
        "values rescued, which did not fit their column": totals.get("rescued", 0),
        "lines quarantined, kept whole": totals.get("quarantined", 0),
        "bad files, left out whole": totals.get("bad_files", 0),
        "ignored files, which fit no layout": report.status.ignored_files,
        "tables and columns created or settled": sum(
            len(outcome.schema_changes) for outcome in (*report.outcomes, *report.late_outcomes)
        ),
    }


def _late_files(report: DemoReport) -> int:
    """Return how many files the second load found more than the first."""
    first = {outcome.archive_hour: outcome.counts.get("files", 0) for outcome in report.outcomes}
    return sum(outcome.counts.get("files", 0) - first.get(outcome.archive_hour, 0) for outcome in report.late_outcomes)


def _count_table(title: str, name: str, number: str, rows: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left", show_header=bool(name), min_width=WIDTH)
    table.add_column(name, overflow="fold")
    table.add_column(number, justify="right")
    for label, count in rows.items():
        table.add_row(label, f"{count:,}")
    return table
