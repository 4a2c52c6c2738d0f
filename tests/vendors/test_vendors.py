"""Every vendor's export: `init` names it, and what `init` writes loads it, without a copy, with no edit of the file."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb
import pytest

from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Verdict
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.listing.layouts import LAYOUTS
from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.source import ArchiveSource
from event_assets.config.scaffold import Locations, write_configuration
from event_assets.config.settings import load_settings
from tests.conftest import ROOT
from tests.drive import Place, load_archive
from tests.vendors import attribution, customer_data, engagement, product_analytics, streams, telemetry
from tests.vendors.vendor import Export

_ROOMS: Final = (product_analytics, customer_data, engagement, attribution, streams, telemetry)
EXPORTS: Final = {export.name: export for room in _ROOMS for export in room.EXPORTS}


def write_archive(export: Export, folder: Path) -> Path:
    for key, content in {**export.files, **export.again}.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)
    return folder


def shown(value: object) -> object:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}" if isinstance(value, datetime) else value


def wanted(value: object) -> object:
    is_instant = isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT.*Z$", value)
    return shown(datetime.fromisoformat(value)) if is_instant and isinstance(value, str) else value


@pytest.mark.parametrize("name", EXPORTS)
def test_init_names_it_and_what_it_writes_loads_it(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name]
    archive = write_archive(export, tmp_path / "archive")
    found = inspect(ArchiveSource(str(archive)), InitHints(), InspectionLimits())
    assert found.verdict is Verdict.FOUND
    assert found.root is not None
    assert found.envelope is not None
    assert (found.envelope.name, found.root.layout.name) == (export.mapping or "own", export.layout)
    assert (found.bad_lines, found.bad_files, found.ignored) == (0, 0, 0)
    if export.layout in LAYOUTS:
        assert list_hours(ArchiveSource(str(archive), layout="auto")).source.layout == export.layout
    (tmp_path / "tideline.toml").write_text(write_configuration(found, Locations()))
    source = load_settings({}, folder=tmp_path).sources["default"]
    assert source.framing == export.framing
    where = Place(replace(source, archive=str(archive)), tmp_path)
    loaded = load_archive(where)
    assert loaded
    check_rows(export, where)


def check_rows(export: Export, where: Place) -> None:
    with duckdb.connect(str(where.warehouse), read_only=True) as warehouse:
        names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'events'"
        tables = [row[0] for row in warehouse.execute(names).fetchall()]
        counts = {name: warehouse.execute(f'SELECT count(*) FROM events."{name}"').fetchall()[0][0] for name in tables}
        assert counts == export.tables
        lines = "SELECT sum(lines), sum(quarantined) FROM tideline.loads"
        assert warehouse.execute(lines).fetchall() == [(export.lines, 0)]
        for (table, ident), columns in export.rows.items():
            selected = ", ".join(f'"{column}"' for column in columns)
            query = f'SELECT {selected} FROM events."{table}" WHERE id = ?'
            found = [tuple(map(shown, row)) for row in warehouse.execute(query, [ident]).fetchall()]
            assert found == [tuple(map(wanted, columns.values()))], (table, ident)


def test_every_export_is_on_the_vendors_page_with_its_mapping() -> None:
    page = (ROOT / "docs" / "vendors.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    for export in EXPORTS.values():
        mapping = f'`mapping = "{export.mapping}"`' if export.mapping else "none"
        assert any(f"| {export.name} |" in row and mapping in row for row in rows), export.name
