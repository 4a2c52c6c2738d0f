"""`tideline demo`: a dirty archive is written and loaded, and what was put right is told."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.table import Table

from event_assets.archive.listing.list_hours import list_hours
from event_assets.cli.load_output import load_hours, tables_table
from event_assets.cli.output import WIDTH, result_console
from event_assets.config.settings import CONFIG_NAME, Flags, Settings, SettingsError, demo_configuration, load_settings
from event_assets.config.warehouse import open_ledger
from event_assets.demo.generate import DemoSummary, generate
from event_assets.demo.schedule import LABELS
from event_assets.health.status import SourceStatus, source_status
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.read import list_notes
from event_assets.pipeline.load import Choice, Outcome, plan_hours
from loaders.queries.tables import count_copies

OURS: Final = ("archive", "lake", "warehouse.duckdb", "warehouse.duckdb.wal", "late", CONFIG_NAME)
"""What a demo leaves in its folder and takes away when it is run again."""

NEXT: Final = """
What to do next:
  tideline status --config {config}   what is loaded, pending, quarantined and why
  make dev                            the same in Dagster: assets, partitions, counts, checks
  python -c 'import duckdb; duckdb.connect("{file}", read_only=True).sql("FROM events.tracks LIMIT 5").show()'
  tideline init URL                   look at your own archive, and write its tideline.toml
"""


@dataclass(frozen=True)
class Findings:
    """What loading the demo archive gave."""

    status: SourceStatus
    outcomes: Sequence[Outcome]
    late_outcomes: Sequence[Outcome]
    notes: Sequence[HourNote]
    copies: int
    """Copies that lost against a row of another archive hour."""


def run_demo(folder: Path, *, events: int, seed: int, days: int, clean: bool) -> bool:
    """Write, load and tell; whether every hour was loaded. Raises `SettingsError` for a folder that is not a demo's."""
    console, started = result_console(), time.monotonic()
    prepare_folder(folder)
    console.print(f"Writing an archive of {events:,} events over {days} days to {folder / 'archive'} ...")
    summary = generate(folder / "archive", events=events, seed=seed, days=days, clean=clean)
    settings = _configure(folder)
    console.print(_put_in(summary))
    console.print(f"Loading it into {folder / 'lake'} and {folder / 'warehouse.duckdb'} ...")
    with _put_aside(folder, summary.late_files):
        outcomes = load_hours(settings, plan_hours(settings, Choice()), Choice(), quiet=True)
    late_plans = plan_hours(settings, Choice())
    if late_plans:
        console.print(f"{len(summary.late_files)} files have arrived late: their {len(late_plans)} hours run again ...")
    late_outcomes = load_hours(settings, late_plans, Choice(), quiet=True)
    findings = find_out(settings, outcomes, late_outcomes)
    for part in _tell(findings):
        console.print(part)
    console.print(NEXT.format(config=folder / CONFIG_NAME, file=folder / "warehouse.duckdb"), soft_wrap=True)
    console.print(f"{time.monotonic() - started:.0f} seconds in all.")
    return all(outcome.state != "failed" for outcome in (*outcomes, *late_outcomes))


def prepare_folder(folder: Path) -> None:
    """An empty place for the demo; a former demo is taken away, anything else is left alone and refused."""
    if folder.exists() and not (folder / CONFIG_NAME).is_file() and any(folder.iterdir()):
        raise SettingsError(f"{folder} has files that are not a demo's; give another --folder.")
    for path in (folder / name for name in OURS):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)


def find_out(settings: Settings, outcomes: Sequence[Outcome], late_outcomes: Sequence[Outcome]) -> Findings:
    """What lake, ledger and tables say after the load."""
    source = next(iter(settings.sources.values()))
    with open_ledger(settings) as session:
        copies = 0 if session is None else count_copies(session, source.schema)
    notes = list(list_notes(settings.lake, source.name))
    return Findings(source_status(settings, source), outcomes, late_outcomes, notes, copies)


def _configure(folder: Path) -> Settings:
    """Write the demo's configuration file, with the hours that the archive has, and read it."""
    path = folder / CONFIG_NAME
    path.write_text(demo_configuration(folder), encoding="utf-8")
    settings = load_settings({}, Flags(config=str(path)))
    hours = list(list_hours(settings.sources["default"]).hours)
    path.write_text(demo_configuration(folder, start=hours[0], end=hours[-1]), encoding="utf-8")
    return load_settings({}, Flags(config=str(path)))


@contextmanager
def _put_aside(folder: Path, keys: Sequence[str]) -> Iterator[None]:
    """Keep files out of the archive for the block, as if they came only after it."""
    for here, there in ((folder / "archive" / key, folder / "late" / key) for key in keys):
        there.parent.mkdir(parents=True, exist_ok=True)
        here.rename(there)
    try:
        yield
    finally:
        for key in keys:
            (folder / "late" / key).rename(folder / "archive" / key)
        shutil.rmtree(folder / "late", ignore_errors=True)


def _tell(findings: Findings) -> Iterator[Table]:
    yield tables_table(findings.status.tables)
    yield _put_right(findings)
    reasons: Counter[str] = Counter()
    for note in findings.notes:
        reasons.update(note.quarantined_by_reason)
    yield _count_table("In quarantine, whole, with file and line", "reason", "lines", dict(reasons.most_common()))


def _put_right(findings: Findings) -> Table:
    totals = findings.status.totals
    rows = {
        "copies of an event within its hour, merged": totals.get("duplicates", 0),
        "copies hours or days apart, the newest kept": findings.copies,
        "events that came late (merged into the hour they happened in)": totals.get("late", 0),
        "files that came after their hour was loaded": _late_files(findings),
        "hours that ran again for them": len(findings.late_outcomes),
        "impossible clocks corrected": totals.get("clocks_corrected", 0),
        "events with characters no warehouse stores, replaced": totals.get("sanitized", 0),
        "values that did not fit their column, kept in _rescued": totals.get("rescued", 0),
        "broken lines, kept in quarantine": totals.get("quarantined", 0),
        "broken files, left out whole": totals.get("bad_files", 0),
        "files that belong to no layout, ignored": findings.status.ignored_files,
        "tables and columns made or settled on the way": sum(
            len(outcome.schema_changes) for outcome in (*findings.outcomes, *findings.late_outcomes)
        ),
    }
    return _count_table("What was put right", "", "", rows)


def _late_files(findings: Findings) -> int:
    """Files that the second load found more than the first."""
    first = {outcome.archive_hour: outcome.counts.get("files", 0) for outcome in findings.outcomes}
    return sum(
        outcome.counts.get("files", 0) - first.get(outcome.archive_hour, 0) for outcome in findings.late_outcomes
    )


def _put_in(summary: DemoSummary) -> Table:
    rows = {"lines in sound files": summary.lines, "files": summary.files, "bytes, compressed": summary.bytes}
    kinds = {LABELS.get(name, name): number for name, number in summary.counts.items() if number}
    return _count_table("What went in", "", "", rows | kinds)


def _count_table(title: str, name: str, number: str, rows: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left", show_header=bool(name), min_width=WIDTH)
    table.add_column(name, overflow="fold")
    table.add_column(number, justify="right")
    for label, count in rows.items():
        table.add_row(label, f"{count:,}")
    return table
