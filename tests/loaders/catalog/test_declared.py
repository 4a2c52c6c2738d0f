"""Files of declared columns: shipped ones and your own, refused by name, and how they join the catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.catalog.declared import declare, parse_declared, read_declaration, shipped_names, warn_of_types
from loaders.interface.errors import Terminal
from loaders.transform.catalog import Catalog, Declaration, DropTarget
from loaders.transform.standard_columns import TAKEN_TABLES

WRONG = [
    ("[users]\nplan = 'string'", "identifies"),
    ("[users]", "name identifies"),
    ("[accounts]", "_accounts"),
    ('["Order Completed"]', "'order_completed'"),
    ("['x\"; DROP TABLE tracks; --']", "is no table's name"),
    ("[pages]\n'a\"b' = 'int'", "'a_b'"),
    ("[pages]\ntimestamp = 'datetime'", "standard column"),
    ("[pages]\nsearch = 'dropped'", "declared, so it cannot be dropped"),
    ("[pages]\nsearch = 'money'", "is no type"),
    ("pages = 3", "a table of columns"),
    ("[pages", "not valid TOML"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_file_with_anything_wrong_is_refused_and_named(text: str, message: str) -> None:
    with pytest.raises(Terminal, match=message) as caught:
        parse_declared(text, file="mine.toml")
    assert str(caught.value).startswith("mine.toml")
    assert "\n" not in str(caught.value)


def test_a_table_may_be_declared_without_a_column() -> None:
    assert parse_declared("[screens]\n[refund]\nwhy = 'string'", file="f").keys() == {"screens", "refund"}


def test_files_are_read_together_and_may_not_disagree(tmp_path: Path) -> None:
    own, other = tmp_path / "own.toml", tmp_path / "other.toml"
    own.write_text("[pages]\nsearch = 'string'\ndepth = 'int'")
    other.write_text("[pages]\ndepth = 'float'")
    both = read_declaration(["segment", str(own)])
    assert both.names == ("segment", str(own))
    assert {"search", "depth", "context_campaign_term"} <= both.tables["pages"].keys()
    with pytest.raises(Terminal, match=r"declares pages\.depth as float, another file as int"):
        read_declaration([str(own), str(other)])
    with pytest.raises(Terminal, match="there is no file segmnt; write a path, or one of rudderstack, segment"):
        read_declaration(["segmnt"])
    with pytest.raises(Terminal, match="cannot be read"):
        read_declaration([str(tmp_path)])


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_file_declares_columns_of_home_tables_with_their_paths(name: str) -> None:
    tables = read_declaration([name]).tables
    assert tables.keys() <= TAKEN_TABLES
    assert [str(column) for columns in tables.values() for column in columns.values() if not column.path] == []


def test_what_is_dropped_or_taken_is_left_out_and_what_is_known_stays() -> None:
    declared = Declaration(
        ("f",), parse_declared("[pages]\na = 'int'\nb = 'int'\n[wish]\n[refund]\nc = 'int'", file="f")
    )
    known = declare(Catalog(), Declaration(("g",), parse_declared("[pages]\na = 'string'", file="g")))
    dropped = frozenset({DropTarget("pages", "b"), DropTarget("refund")})
    after = declare(Catalog(known.tables, dropped, taken={"wish": "a view has its name"}), declared)
    assert {
        table: {name: column.type for name, column in columns.items()} for table, columns in after.tables.items()
    } == {"pages": {"a": "string"}}
    (warning,) = warn_of_types(after, declared)
    assert "tideline retype pages a int" in warning
    assert declare(after, declared) == after
