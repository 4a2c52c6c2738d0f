"""The contract's table of names and types by warehouse is what the dialects and the function of names have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, get_args

import pytest

from loaders.connection.warehouse import Warehouse
from loaders.dialects import KINDS
from loaders.dialects.base import Dialect
from loaders.transform.names import MAX_LENGTH, RESERVED, name
from loaders.transform.standard_columns import LogicalType
from tests.conftest import ROOT

URLS: Final = {
    "DuckDB": "duckdb:///{folder}/w.duckdb",
    "DuckLake": "ducklake:///{folder}/w.ducklake",
    "PostgreSQL": "postgresql+psycopg://somebody@host/database",
    "ClickHouse": "clickhousedb:///{folder}/w",
    "Iceberg": "iceberg://somebody@host/path?warehouse=name",
    "Snowflake": "snowflake://somebody@account/database",
}
"""A URL of each column of the table."""
LONG: Final = "a" * 200


def read_table() -> tuple[list[str], dict[str, list[str]]]:
    """The warehouses of the head, and the cells of each row."""
    page = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    section = page.partition("### Names and types by warehouse\n")[2].partition("\n## ")[0]
    head, _, *rows = (re.split(r" \| ", line.strip("| ")) for line in section.splitlines() if line.startswith("|"))
    return head, {row[0]: row[1:] for row in rows}


def cells_of(dialect: Dialect) -> dict[str, str]:
    """What the rows must say of a warehouse."""
    answers = {True: "yes", False: "no"}
    names = [name(text) for text in (LONG, "Order Completed", *RESERVED)]
    assert all(one == one.lower() for one in names)
    types = {kind: f"`{dialect.column_type(kind)}`" for kind in get_args(LogicalType)}
    return types | {
        "longest name of ours, in characters": str(max(map(len, names))),
        "letters of our names": "upper case" if dialect.name == "snowflake" else "lower case",
        "words that get a `_`": str(sum(name(word) == f"_{word}" for word in RESERVED)),
        "names that differ in case only are one name": answers[dialect.ignores_case],
        "a column's comment stays when its type changes": answers[dialect.keeps_comments],
    }


@pytest.mark.parametrize("warehouse", URLS)
def test_a_column_of_the_table_is_what_the_code_has(warehouse: str, tmp_path: Path) -> None:
    head, rows = read_table()
    shown = {row: cells[head.index(warehouse)] for row, cells in rows.items()}
    assert shown == cells_of(Warehouse.open(URLS[warehouse].format(folder=tmp_path)).dialect)


def test_the_table_has_every_warehouse() -> None:
    head, _ = read_table()
    assert head == list(URLS)
    assert len(head) == sum(bool(kind.form) for kind in KINDS.values()), "a warehouse needs a column, and a URL above"
    assert max(map(len, map(name, (LONG, *RESERVED)))) == MAX_LENGTH
