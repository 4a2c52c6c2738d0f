"""Every rule explains the values that it is about, and none that is a little different."""

from __future__ import annotations

from decimal import Decimal

import pytest

from event_assets.health.compare.rescued import rescued_columns
from event_assets.health.compare.rules import RULES, Cell, explain_cell, is_equal, roll_date
from event_assets.health.compare.values import Value, same
from loaders.formats.json_values import Json, Number
from loaders.formats.timestamps import read_timestamp
from loaders.queries.compare.columns import Family, family_of
from tests.conftest import ROOT

BIG = 9007199254740993


def instant(text: str) -> int:
    """Microseconds of an instant."""
    found = read_timestamp(text)
    assert found is not None
    return found


NOON = "2026-01-31T12:00:00"

ALIKE: list[tuple[Value, Family, Value, Family]] = [
    (1, "int", 1.0, "float"),
    ("1", "text", 1, "int"),
    ("1.50", "text", Decimal("1.5"), "float"),
    (0.1, "float", Decimal("0.1"), "float"),
    (True, "boolean", "true", "text"),
    (instant(NOON), "time", f"{NOON}Z", "text"),
    ('{"a":1,"b":[2]}', "text", '{"b": [2], "a": 1}', "json"),
    (None, "int", None, "text"),
]
UNLIKE: list[tuple[Value, Family, Value, Family]] = [
    (BIG, "int", float(BIG), "float"),
    (BIG, "int", BIG - 1, "int"),
    ("1", "text", "1.0", "text"),
    (True, "boolean", 1, "int"),
    (None, "text", "", "text"),
    (instant(NOON), "time", "12:00", "text"),
    (float("nan"), "float", 1, "int"),
    ('["a"]', "text", '["b"]', "json"),
]


@pytest.mark.parametrize(("one", "one_is", "other", "other_is"), ALIKE)
def test_values_that_mean_the_same_are_equal(one: Value, one_is: Family, other: Value, other_is: Family) -> None:
    assert same(one, one_is, other, other_is)
    assert same(other, other_is, one, one_is)


@pytest.mark.parametrize(("one", "one_is", "other", "other_is"), UNLIKE)
def test_values_that_mean_something_else_are_not(one: Value, one_is: Family, other: Value, other_is: Family) -> None:
    assert not same(one, one_is, other, other_is)
    assert not same(other, other_is, one, one_is)


Case = tuple[str | None, Value, Family, Value, Family, list[Json]]
CASES: list[Case] = [
    ("microseconds", instant(f"{NOON}.123456"), "time", instant(f"{NOON}.123"), "time", []),
    (None, instant(f"{NOON}.123456"), "time", instant(f"{NOON}.124"), "time", []),
    (None, instant(NOON), "time", instant("2026-01-31T13:00:00"), "time", []),
    ("microseconds", instant(NOON), "time", instant(f"{NOON}.123"), "time", [f"{NOON}.123456Z"]),
    (None, instant(NOON), "time", instant(f"{NOON}.124"), "time", [f"{NOON}.123456Z"]),
    ("truncated", 1.5, "float", 1, "int", []),
    ("truncated", -1.5, "float", -1, "int", []),
    ("truncated", None, "int", 1, "int", [Number("1.5")]),
    (None, 1.5, "float", 2, "int", []),
    (None, 5, "int", 4, "int", []),
    ("rounded", BIG, "int", BIG - 1, "int", []),
    ("rounded", BIG, "int", float(BIG), "float", []),
    ("rounded", "123456789012345678901234", "text", 1.2345678901234568e23, "float", []),
    (None, BIG, "int", BIG + 8, "int", []),
    (None, 7, "int", 8, "int", []),
    ("numbers", "1.0", "text", "1", "text", []),
    ("numbers", "1e3", "text", "1000", "text", []),
    ("numbers", "[1.0,2]", "text", "[1,2]", "text", []),
    (None, "1.0", "text", "2", "text", []),
    (None, "[1,2]", "text", "[2,1]", "text", []),
    ("calendar", "2023-02-30", "text", instant("2023-03-02"), "time", []),
    ("calendar", None, "time", instant("2023-03-02"), "time", ["2023-02-30"]),
    (None, "2023-02-30", "text", instant("2023-03-01"), "time", []),
    ("calendar", "2023-02-30", "text", "2023-03-02T00:00:00.000Z", "text", []),
    (None, "2023-02-30", "text", "2023-03-01T00:00:00.000Z", "text", []),
    ("first_value", None, "int", "free", "text", ["free"]),
    (None, None, "int", "other", "text", ["free"]),
    ("misfits", "free", "text", None, "int", []),
    ("misfits", True, "boolean", None, "time", []),
    (None, "free", "text", None, "text", []),
    (None, 5, "int", None, "int", []),
    (None, 5, "int", None, "float", []),
    ("misfits", 1e300, "float", None, "int", []),
    (None, 5e9, "float", None, "int", []),
    ("misfits", 5, "int", None, "int", ["free"]),
    ("misfits", 5, "int", None, "int", [Number("2e19")]),
    (None, 5, "int", None, "int", [Number("7")]),
    (None, instant(NOON), "time", None, "time", ["2026-01-31"]),
    ("collisions", "last", "text", "first", "text", ["first"]),
    (None, "last", "text", "none", "text", ["first"]),
    ("rescued", None, "int", 5, "int", [Number("5")]),
    (None, None, "int", 6, "int", [Number("5")]),
    ("nul", "a\N{REPLACEMENT CHARACTER}b", "text", "ab", "text", []),
    (None, "a\N{REPLACEMENT CHARACTER}b", "text", "abc", "text", []),
    (None, None, "text", "", "text", []),
]


@pytest.mark.parametrize(("rule", "here", "here_is", "there", "there_is", "rescued"), CASES)
def test_a_cell_is_explained_by_its_rule_alone(
    rule: str | None, here: Value, here_is: Family, there: Value, there_is: Family, rescued: list[Json]
) -> None:
    cell = Cell("price", here, there, here_is, there_is, rescued)
    assert not is_equal(cell)
    assert explain_cell(cell) == rule


def test_the_event_of_a_nameless_event_is_an_empty_text_there() -> None:
    assert explain_cell(Cell("event", None, "", "text", "text")) == "unnameable"
    assert explain_cell(Cell("event", "a", "", "text", "text")) is None
    long = "_".join(["long"] * 20)
    assert (
        explain_cell(
            Cell("event", "long_long_long_long_long_lo_ng_long_long_long_long_long_nope", long, "text", "text")
        )
        is None
    )


def test_a_day_that_no_month_has_is_one_of_the_next_month() -> None:
    assert roll_date("2023-02-30T10:00:00+02:00") == instant("2023-03-02T08:00:00Z")
    assert roll_date("2024-02-29") is roll_date("2023-02-32") is roll_date("2023-13-01") is roll_date("x") is None


def test_rescued_values_have_the_columns_that_they_would_have_had() -> None:
    text = (
        '{"properties":{"Total price":"free","timestamp":1.50,"a":{"b":[1]},"日":2},'
        '"context":{"ip":{"v4":"1"},"sent_at":0},"receivedAt":"2099","messageId":"undefined","userId":"x"}'
    )
    assert rescued_columns(text, "track") == {
        "total_price": ["free"], "_timestamp": ["1.50"], "a_b": [["1"]], "": ["2"], "context_ip_v4": ["1"],
        "context_sent_at": ["0"], "received_at": ["2099"], "id": ["undefined"], "user_id": ["x"],
    }  # fmt: skip
    assert rescued_columns(None, "track") == rescued_columns("[]", "page") == {}


@pytest.mark.parametrize(
    ("data_type", "family"),
    [
        ("BIGINT", "int"), ("HUGEINT", "int"), ("integer", "int"), ("double precision", "float"),
        ("numeric(10,2)", "float"),
        ("DECIMAL(18,3)", "float"), ("character varying(512)", "text"), ("VARCHAR", "text"), ("jsonb", "json"),
        ("timestamp without time zone", "time"), ("TIMESTAMP_NS", "time"), ("date", "time"), ("BOOLEAN", "boolean"),
        ("uuid", "other"), ("INTEGER[]", "other"), ("point", "other"),
    ],
)  # fmt: skip
def test_types_of_both_databases_have_a_family(data_type: str, family: Family) -> None:
    assert family_of(data_type) == family


def test_every_rule_is_a_sentence_of_the_contract() -> None:
    contract = " ".join((ROOT / "docs" / "contract.md").read_text(encoding="utf-8").split())
    section = contract.partition("## 12. ")[2].partition("## 13. ")[0]
    assert {rule for rule, words in RULES.items() if words not in section} == set()
