"""Every layout's fixture tree, as its producer lays it out, loads by `auto` and gives the rows written down for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from event_assets.archive.listing.layouts import LAYOUTS
from event_assets.archive.listing.list_hours import list_hours
from tests.drive import Place, load_archive, place
from tests.layouts.build_trees import TREE_BUILDERS, TREES
from tests.vendors.test_vendors import EXPORTS

NAMES = sorted(path.name for path in TREES.iterdir())


def read_expected(name: str) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((TREES / name / "expected.json").read_text(encoding="utf-8"))
    return expected


def place_tree(name: str, folder: Path) -> Place:
    """The tree as a source that configures only what its keys do not contain."""
    expected = read_expected(name)
    where = place(TREES / name / "archive", folder, layout="auto", preset=expected.get("mapping"))
    return replace(where, source=replace(where.source, framing=expected.get("framing")))


def shown(value: object) -> object:
    """A value of the warehouse as the expectation has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value.isoformat() if isinstance(value, date) else value


def wanted(column: str, value: object) -> object:
    """An expected value: archive hours to the hour, instants as instants."""
    if column == "_archive_hour":
        return datetime.strptime(str(value), "%Y-%m-%dT%H").replace(tzinfo=UTC)
    is_instant = isinstance(value, str) and value[4:5] == "-" and value.endswith("Z")
    return datetime.fromisoformat(value) if is_instant and isinstance(value, str) else value


def read_counts(warehouse: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Files, values and quarantined ones of each hour, as the ledger has them."""
    rows = warehouse.execute("SELECT archive_hour, files, lines, quarantined FROM tideline.loads").fetchall()
    return {
        f"{hour.astimezone(UTC):%Y-%m-%dT%H}": {"files": files, "lines": lines, "quarantined": quarantined}
        for hour, files, lines, quarantined in rows
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_tree_loads_by_auto_with_the_rows_written_down(name: str, tmp_path: Path) -> None:
    expected = read_expected(name)
    where = place_tree(name, tmp_path)
    listing = list_hours(where.source)
    assert (listing.source.layout, listing.ignored) == (expected["layout"], expected["ignored"])
    load_archive(where)
    with duckdb.connect(str(where.warehouse), read_only=True) as warehouse:
        assert read_counts(warehouse) == expected["hours"]
        names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'events'"
        tables = {row[0] for row in warehouse.execute(names).fetchall()}
        sizes = {
            table: warehouse.execute(f'SELECT count(*) FROM events."{table}"').fetchall()[0][0] for table in tables
        }
        assert sizes == expected["tables"]
        reasons = warehouse.execute("SELECT reason, detail FROM tideline.quarantine").fetchall()
        assert [list(row) for row in reasons] == expected.get("quarantine", [])
        for row in expected["rows"]:
            columns = {key: wanted(key, value) for key, value in row.items() if key not in ("table", "id")}
            selected = ", ".join(f'"{column}"' for column in columns)
            query = f'SELECT {selected} FROM events."{row["table"]}" WHERE id = ?'
            found = [tuple(map(shown, values)) for values in warehouse.execute(query, [row["id"]]).fetchall()]
            assert [dict(zip(columns, values, strict=True)) for values in found] == [columns], row


def test_every_layout_has_a_tree_or_an_export_that_auto_names_by_it() -> None:
    named = {read_expected(name)["layout"] for name in NAMES} | {export.layout for export in EXPORTS.values()}
    assert named >= set(LAYOUTS)


@pytest.mark.parametrize("name", NAMES)
def test_a_tree_is_what_its_builder_writes(name: str) -> None:
    files = {key: content for key, content in TREE_BUILDERS[name]().items()}
    archive = TREES / name / "archive"
    there = {path.relative_to(archive).as_posix(): path for path in archive.rglob("*") if path.is_file()}
    assert sorted(there) == sorted(files)
    for key, path in there.items():
        if not key.endswith(("parquet", "avro", ".xz", ".zst")):  # whose bytes are their library's version's
            assert path.read_bytes() == files[key], key
