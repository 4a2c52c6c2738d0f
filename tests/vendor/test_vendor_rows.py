"""The tables have the shape that users of other loaders know: their rows, cell by cell, but for contract §12."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT, SHARED
from tests.vendor.warehouses import Case, load_cases, read_cases, read_rows, unequal_cells

LEAST = 0.85
OWN = Path(__file__).parent / "own_cases.jsonl"
VENDOR = SHARED / "cases" / "vendor_rows.jsonl" if SHARED else None
CLOUD = "have options for JSON paths and cloud sources; we do not"
SPREAD = 'They join traits that look like a spread string (`{"0": "a", "1": "b"}`)'
ARRIVAL = "where they take a missing `receivedAt` from the server, we take the archive hour"


class Difference(NamedTuple):
    """Cells of one expected row that differ on purpose: the case's line from 0, table, column or `prefix*`, reason."""

    number: int
    table: str
    column: str
    sentence: str


EXCEPTIONS = [
    Difference(10, "tracks", "context_traits_location_coordinates_geo*", CLOUD),
    Difference(10, "event", "context_traits_location_coordinates_geo*", CLOUD),
    Difference(15, "tracks", "context_traits*", SPREAD),
    Difference(15, "event", "context_traits*", SPREAD),
    Difference(16, "groups", "context_traits*", SPREAD),
    Difference(20, "tracks", "context_traits_location_coordinates_geo*", CLOUD),
    Difference(20, "event", "context_traits_location_coordinates_geo*", CLOUD),
    Difference(58, "tracks", "timestamp", ARRIVAL),
    Difference(58, "button_clicked_v2", "timestamp", ARRIVAL),
]


def compare(cases: list[Case], warehouse: Path) -> dict[tuple[int, str], set[str]]:
    """For each expected row, by case and table, the columns that differ."""
    found: dict[tuple[int, str], set[str]] = {}
    for number, case in enumerate(cases):
        rows = read_rows(warehouse, number)
        for table, cells in case.expected:
            stored = rows.pop(table, [])
            assert len(stored) == 1, f"{case.name}: {len(stored)} rows in {table}"
            found[number, table] = unequal_cells(cells, stored[0])
        assert not any(rows.values()), f"{case.name}: rows that are not expected in {sorted(rows)}"
    return found


def covers(exception: Difference, column: str) -> bool:
    """Whether an exception names this column."""
    prefix = exception.column.removesuffix("*")
    return column.startswith(prefix) if prefix != exception.column else column == prefix


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, str], set[str]]:
    """What differs from the rows of another loader; from our own where those are not there."""
    cases = read_cases(VENDOR or OWN)
    return compare(cases, load_cases(tmp_path_factory.mktemp("vendor"), cases))


def test_own_rows_are_equal_in_every_cell(tmp_path: Path) -> None:
    cases = read_cases(OWN)
    found = compare(cases, load_cases(tmp_path, cases))
    assert {place: columns for place, columns in found.items() if columns} == {}


@pytest.mark.slow
def test_most_rows_are_equal_in_every_cell(vendor: dict[tuple[int, str], set[str]]) -> None:
    equal = sum(not columns for columns in vendor.values())
    assert equal >= LEAST * len(vendor), f"{equal} of {len(vendor)}"


@pytest.mark.slow
def test_what_differs_is_named_with_its_reason(vendor: dict[tuple[int, str], set[str]]) -> None:
    exceptions = EXCEPTIONS if VENDOR else []
    for (number, table), columns in vendor.items():
        named = [one for one in exceptions if (one.number, one.table) == (number, table)]
        left = {column for column in columns if not any(covers(one, column) for one in named)}
        assert not left, f"case {number}, {table}: {sorted(left)}"


@pytest.mark.slow
def test_no_exception_is_named_without_need(vendor: dict[tuple[int, str], set[str]]) -> None:
    for exception in EXCEPTIONS if VENDOR else []:
        differing = vendor[exception.number, exception.table]
        assert any(covers(exception, column) for column in differing), exception


def test_each_reason_is_a_sentence_of_the_contract() -> None:
    contract = " ".join((ROOT / "docs" / "contract.md").read_text(encoding="utf-8").split())
    section = contract.partition("## 12. ")[2].partition("## 13. ")[0]
    assert section
    for exception in EXCEPTIONS:
        assert exception.sentence in section
