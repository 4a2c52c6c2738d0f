"""Cells, tables, JSON and messages: text of events is only text, instants have a zone, secrets are hidden."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from types import MappingProxyType

import pytest

from event_assets.cli.output.printing import cells, format_hour, new_table, print_json, print_message

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)


def test_cells_group_digits_and_replace_control_characters() -> None:
    assert [cell.plain for cell in cells(1234567, "[red]a\x1b[31m\nb", None)] == ["1,234,567", "[red]a�[31m\nb", "None"]


def test_a_column_whose_name_ends_in_an_arrow_is_right_aligned() -> None:
    table = new_table("Tables", "table", "rows>")
    assert [(column.header, column.justify) for column in table.columns] == [("table", "left"), ("rows", "right")]


def test_an_hour_that_is_missing_is_an_empty_text() -> None:
    assert (format_hour(HOUR), format_hour(None)) == ("2026-01-31T07", "")


def test_json_has_instants_with_a_zone_and_mappings_as_objects(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"hour": HOUR, "day": date(2026, 1, 31), "counts": MappingProxyType({"files": 1})})
    document = json.loads(capsys.readouterr().out)
    assert document == {"hour": "2026-01-31T07:00:00+00:00", "day": "2026-01-31", "counts": {"files": 1}}


def test_json_refuses_values_that_it_cannot_represent() -> None:
    with pytest.raises(TypeError, match="object is not JSON"):
        print_json({"value": object()})


def test_a_message_is_one_line_on_standard_error_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    print_message("cannot reach\npostgresql://me:hush@host/db")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "cannot reach postgresql://me:***@host/db\n")
