"""The steps of `tideline demo`: write a dirty archive, load it and its late files, compute rollups, collect results.

Covered by tests/cli/test_demo.py and tests/docs/test_demo.py.
"""

from __future__ import annotations

import shutil
import time
import tomllib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from event_assets.archive.listing.list_hours import list_hours
from event_assets.cli.files import write_whole
from event_assets.cli.load import load_hours
from event_assets.cli.output.demo import DemoReport, print_archive, print_next, print_report, print_step
from event_assets.cli.output.rollups import print_recomputed
from event_assets.cli.rollups import recompute_due
from event_assets.config.settings import (
    CONFIG_NAME,
    Flags,
    Settings,
    SettingsError,
    demo_configuration,
    load_settings,
    redacted,
    warehouse_url,
)
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.demo.generate import generate
from event_assets.health.status import source_status
from event_assets.lake.reading.read import list_notes
from event_assets.pipeline.load import Choice, Outcome, plan_hours
from loaders.connection.warehouse import Warehouse, reading_command
from loaders.interface.disk import translating_disk_errors
from loaders.interface.errors import WarehouseError
from loaders.queries.ledger import LEDGER_SCHEMA
from loaders.queries.tables import count_copies, find_used

OWN_FILES: Final = ("archive", "lake", "warehouse.duckdb", "warehouse.duckdb.wal", "late", "status", CONFIG_NAME)
"""What a demo writes into its folder, and removes when it runs again."""


_SCHEMAS: Final = (Source.schema, Source.rollups_schema, LEDGER_SCHEMA)
_QUERY: Final = "SELECT event, user_id, timestamp FROM events.tracks LIMIT 5"


def run_demo(folder: Path, warehouse: str | None, *, events: int, seed: int, days: int, clean: bool) -> bool:
    """Run the demo and print its results. Return whether every hour was loaded and every rollup computed.

    `warehouse` is a URL, or the path of a DuckDB file; by default one in the folder. Raises `SettingsError` for a
    folder with files of something else or a warehouse with tables, and `WarehouseError` for one that cannot be used.
    """
    started = time.monotonic()
    prepare_folder(folder, warehouse)
    # First: by it a killed demo's folder is recognised.
    write_whole(folder / CONFIG_NAME, demo_configuration(folder, warehouse=warehouse))
    url = warehouse_url(warehouse or str(folder / "warehouse.duckdb"))
    shown = redacted(warehouse or str(folder / "warehouse.duckdb"))
    print_step(f"Writing an archive of {events:,} events over {days} days to {folder / 'archive'} ...")
    with translating_disk_errors("Writing the archive", folder):
        summary = generate(folder / "archive", events=events, seed=seed, days=days, clean=clean)
    settings = _configure(folder, warehouse)
    print_archive(summary)
    print_step(f"Loading it into {folder / 'lake'} and {shown} ...")
    with _held_back(folder, summary.late_files):
        outcomes = load_hours(settings, plan_hours(settings, Choice()), Choice(), quiet=True)
    late_plans = plan_hours(settings, Choice())
    if late_plans:
        print_step(f"{len(summary.late_files)} files have arrived late: their {len(late_plans)} hours run again ...")
    late_outcomes = load_hours(settings, late_plans, Choice(), quiet=True)
    print_step("Computing the rollups ...")
    rollups = recompute_due(settings)
    report = _collect(settings, outcomes, late_outcomes)
    print_report(report)
    print_recomputed(rollups, as_json=False)
    print_next(folder / CONFIG_NAME, reading_command(url, _QUERY), seconds=time.monotonic() - started)
    return report.complete and not any(rollup.errors for rollup in rollups)


def prepare_folder(folder: Path, warehouse: str | None = None) -> None:
    """Empty the folder of an earlier demo, its warehouse in it included.

    Raise `SettingsError` if it has files of something else, or if `warehouse`, a URL or the path of a DuckDB file, has
    tables, and `WarehouseError` if that cannot be used; then nothing is removed.
    """
    drafts = list(folder.glob(f".{CONFIG_NAME}.*"))  # of a demo that was killed while it began
    if folder.exists() and not (folder / CONFIG_NAME).is_file() and set(folder.iterdir()) - set(drafts):
        raise SettingsError(f"{folder} has files that are not a demo's; give another --folder.")
    folder.mkdir(parents=True, exist_ok=True)
    leaving = [*drafts, *_files_of_warehouse(folder), *(folder / name for name in OWN_FILES)]
    if warehouse is not None:
        _refuse_used(warehouse, {path.resolve() for path in leaving})
    for path in leaving:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _refuse_used(warehouse: str, leaving: Collection[Path]) -> None:
    """Raise `SettingsError` if the demo would write among tables of others, not of an earlier demo that is removed."""
    given = Warehouse.open(warehouse_url(warehouse))
    given.extensions()
    if given.file not in leaving and (used := find_used(given, _SCHEMAS)):
        raise SettingsError(
            f"The warehouse {redacted(warehouse)} has tables in {', '.join(used)}, and a demo needs an empty one: give "
            "another --warehouse, or drop these schemas."
        )


def _files_of_warehouse(folder: Path) -> Iterator[Path]:
    """Yield the file or folder of the earlier demo's warehouse, and what lies beside it under its name."""
    try:
        earlier = tomllib.loads((folder / CONFIG_NAME).read_text(encoding="utf-8")).get("warehouse")
        file = Warehouse.open(warehouse_url(str(earlier))).file if earlier else None
    except (OSError, ValueError, WarehouseError):
        return
    if file is not None and file.parent == folder.resolve():
        yield from (
            path for path in folder.iterdir() if path.name == file.name or path.name.startswith(f"{file.name}.")
        )


def _collect(settings: Settings, outcomes: Sequence[Outcome], late_outcomes: Sequence[Outcome]) -> DemoReport:
    source = settings.only_source()
    with open_ledger(settings) as session:
        copies = 0 if session is None else count_copies(session, source.schema)
    notes = list(list_notes(settings.lake, source.name))
    return DemoReport(source_status(settings, source), outcomes, late_outcomes, notes, copies)


def _configure(folder: Path, warehouse: str | None) -> Settings:
    """Write the demo's configuration file with the hours of the archive, and return its settings."""
    path = folder / CONFIG_NAME
    settings = load_settings({}, Flags(config=str(path)))
    hours = list(list_hours(settings.sources["default"]).hours)
    write_whole(path, demo_configuration(folder, warehouse=warehouse, start=hours[0], end=hours[-1]))
    return load_settings({}, Flags(config=str(path)))


@contextmanager
def _held_back(folder: Path, keys: Sequence[str]) -> Iterator[None]:
    """Keep files out of the archive inside the block, as if they arrived after it."""
    for source, target in ((folder / "archive" / key, folder / "late" / key) for key in keys):
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
    try:
        yield
    finally:
        for key in keys:
            (folder / "late" / key).rename(folder / "archive" / key)
        shutil.rmtree(folder / "late", ignore_errors=True)
