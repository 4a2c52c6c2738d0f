"""A masked value is explained by the rule that reaches its column, and only if the clear one there gives it."""

from __future__ import annotations

from typing import Final

import pytest

from event_assets.events.masking.rules import Masking, MaskingKey, MaskRule
from event_assets.health.compare.configured.masked import MaskedColumns
from event_assets.health.compare.configured.reach import find_reaches
from event_assets.health.compare.rules import Cell
from event_assets.health.compare.values import Value
from loaders.formats.json_values import Json, Number
from loaders.queries.compare.columns import Family

KEY: Final = MaskingKey("a key of sixteen characters")
RULES: Final = (
    MaskRule("properties.email", "hash"),
    MaskRule("properties.*Phone*", "last4", "lake"),
    MaskRule("properties.work_phone", "hash"),
    MaskRule("properties.note", "null"),
    MaskRule("properties.a.b", "drop"),
    MaskRule("context.ip", "truncate"),
    MaskRule("**.ssn", "hash"),
    MaskRule("traits.email", "domain"),
    MaskRule("anonymousId", "hash"),
)
MASKS: Final = MaskedColumns(Masking(RULES, KEY))

Case = tuple[str, str, Value, Family, Value, Family, list[Json]]
MASKED: list[Case] = [
    ("track", "email", KEY.hash("a@b.de"), "text", "a@b.de", "text", []),
    ("track", "email", KEY.hash("5"), "text", 5, "int", []),
    ("track", "email", KEY.hash("5"), "text", 5.0, "float", []),
    ("track", "email", KEY.hash("1.50"), "text", 1.5, "float", []),
    ("track", "email", KEY.hash("true"), "text", True, "boolean", []),
    ("track", "email", KEY.hash("2026-01-31"), "text", 1_769_817_600_000_000, "time", []),
    ("track", "email", None, "int", 5, "int", [KEY.hash("5")]),
    ("track", "email", f'["{KEY.hash("a")}", "{KEY.hash("1")}"]', "text", '["a",1]', "text", []),
    ("track", "email_x", None, "text", "below an object", "text", []),
    ("track", "home_phone", "****5678", "text", "+49 12345678", "text", []),
    ("track", "home_phone", None, "text", "short", "text", []),
    ("track", "work_phone", KEY.hash("****5678"), "text", "+49 12345678", "text", []),
    ("track", "note", None, "text", "x", "text", []),
    ("track", "note", None, "time", 5, "time", []),
    ("track", "a_b", None, "text", "x", "text", []),
    ("track", "a", '[{"c":1.0}]', "text", '[{"b":"x","c":1}]', "text", []),
    ("page", "context_ip", "203.0.113.0", "text", "203.0.113.9", "text", []),
    ("page", "context_passed_ip", None, "text", "no address", "text", []),
    ("track", "context_a_ssn", KEY.hash("1"), "text", "1", "text", []),
    ("track", "people", f'[[{{"ssn":"{KEY.hash("1")}"}}]]', "text", '[[{"ssn":"1"}]]', "text", []),
    ("identify", "email", "b.de", "text", "a@B.de", "text", []),
    ("alias", "anonymous_id", KEY.hash("d"), "text", "d", "text", []),
]
NOT_MASKED: list[Case] = [
    ("track", "email", KEY.hash("a@b.de"), "text", "c@b.de", "text", []),
    ("track", "email", "a@b.de", "text", "c@b.de", "text", []),
    ("track", "email", None, "text", "a@b.de", "text", []),
    ("track", "email", KEY.hash("a@b.de"), "text", None, "text", []),
    ("track", "email", "clear", "text", 5, "time", []),
    ("track", "email", KEY.hash("5"), "text", 6, "int", []),
    ("track", "emails", None, "text", "a@b.de", "text", []),
    ("group", "email", KEY.hash("a@b.de"), "text", "a@b.de", "text", []),
    ("track", "home_phone", "****5678", "text", "+49 12345679", "text", []),
    ("track", "note", None, "text", "x", "text", ["kept"]),
    ("track", "notes", None, "text", "x", "text", []),
    ("track", "a", '[{"c":2}]', "text", '[{"b":"x","c":1}]', "text", []),
    ("page", "context_ip", "203.0.113.0", "text", "203.0.114.9", "text", []),
    ("page", "context_ipad", None, "text", "203.0.113.9", "text", []),
    ("page", "ip", "203.0.113.0", "text", "203.0.113.9", "text", []),
    ("track", "ssn", None, "int", 5, "int", [Number("5")]),
    ("alias", "user_id", KEY.hash("d"), "text", "d", "text", []),
]


def cell_of(case: Case) -> Cell:
    _, column, here, here_is, there, there_is, rescued = case
    return Cell(column, here, there, here_is, there_is, rescued)


@pytest.mark.parametrize("case", MASKED)
def test_a_clear_value_whose_mask_is_here_is_explained(case: Case) -> None:
    assert MASKS.explains(case[0], cell_of(case))
    assert not MaskedColumns().explains(case[0], cell_of(case))


@pytest.mark.parametrize("case", NOT_MASKED)
def test_another_value_is_not(case: Case) -> None:
    assert not MASKS.explains(case[0], cell_of(case))


def test_another_key_explains_no_hash() -> None:
    other = MaskedColumns(Masking(RULES, MaskingKey("another key of sixteen characters")))
    cell = Cell("email", KEY.hash("a"), "a", "text", "text")
    assert (MASKS.explains("track", cell), other.explains("track", cell)) == (True, False)


def test_ids_of_persons_are_those_of_the_tables() -> None:
    assert MASKS.mask_person("anonymousId", "d") == KEY.hash("d")
    assert (MASKS.mask_person("userId", "u"), MASKS.mask_person("userId", None)) == ("u", None)
    assert MaskedColumns(Masking((MaskRule("userId", "drop"),))).mask_person("userId", "u") is None


def test_a_column_is_reached_by_its_own_rules_in_their_order() -> None:
    reached = [(one.rule.path, one.path) for one in find_reaches(RULES, "track", "work_phone")]
    assert reached == [("properties.*Phone*", "x"), ("properties.work_phone", "x"), ("**.ssn", "**.ssn")]
    assert [one.path for one in find_reaches(RULES, "track", "a")] == ["x.b", "**.ssn"]
    assert [one.rule.path for one in find_reaches(RULES[:1], "track", "_email")] == ["properties.email"]
    assert find_reaches(RULES[:1], "track", "context_email") == []
