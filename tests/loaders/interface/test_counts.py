"""Every list of counts has the names of `loaders.interface.counts`, in their order."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from event_assets.cli.output.counts import SHOWN_COUNTS
from event_assets.lake.hour_note import Counts
from loaders.interface.counts import HOUR_COUNTS, LOAD_COUNTS, ROW_COUNTS
from loaders.interface.result import TableCounts
from sql import statement


def test_the_note_of_an_hour_supplies_the_counts_of_its_files_and_its_distinct_ids() -> None:
    """`distinct` is the number of rows in the lake: a load counts its own rows. `erased` has a table of its own."""
    assert [field.name for field in fields(Counts)] == [*HOUR_COUNTS, "distinct", "erased"]


def test_a_load_counts_rows_per_table_by_the_same_names() -> None:
    """Values rescued are counted per hour, not per table."""
    assert ["rescued", *(field.name for field in fields(TableCounts))] == list(ROW_COUNTS)


@pytest.mark.parametrize("name", ["schema/ledger/loads", "ledger/insert_loads", "ledger/newest_counts"])
def test_a_statement_of_the_ledger_lists_the_counts_in_order(name: str) -> None:
    """The columns of `tideline.loads`, both lists of its INSERT and its SELECT name every count in the same order."""
    words = re.findall(r"(?<![:\w])\w+", statement(name, "duckdb"))
    listed = [word for word in words if word in LOAD_COUNTS]
    assert listed == list(LOAD_COUNTS) * (2 if name == "ledger/insert_loads" else 1)


def test_the_summary_of_a_command_shows_declared_counts() -> None:
    """Events that the settings exclude are counted beside those of `loads`."""
    shown = [name for name in SHOWN_COUNTS if name != "excluded"]
    assert shown == [name for name in LOAD_COUNTS if name in shown]


def test_every_count_has_a_meaning_of_one_line() -> None:
    """A reader of the list knows what each number counts."""
    assert all(meaning and "\n" not in meaning for meaning in LOAD_COUNTS.values())
